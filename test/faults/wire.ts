/** The network between one node and its Redis: a TCP proxy that cuts, holds, and keeps hints from who listens to them. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Wire {
	/** Of the Redis behind it. */
	readonly url: string;
	/** Cuts the connections that listen to hints, and no other. */
	cutHints(): void;
	/** From now on those that listen get no hint any more, and every other answer: they look healthy. */
	deafen(): void;
	/** How many that listen are open and not deaf. */
	readonly listening: number;
	/** Nothing passes, and neither end is told: what is sent waits, as packets that are sent again do, until `heal`. */
	hold(): void;
	/** All connections are reset, and new ones too, until `heal`. */
	refuse(): void;
	heal(): void;
	close(): Promise<void>;
}

export async function startWire(port: number): Promise<Wire> {
	const passages = new Set<Passage>();
	let state: "open" | "held" | "refused" = "open";
	const server = createServer((client) => {
		if (state === "refused") {
			client.on("error", () => undefined).resetAndDestroy();
			return;
		}
		const passage = new Passage(client, port, state === "held");
		passages.add(passage);
		client.once("close", () => passages.delete(passage));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const cut = (some: (passage: Passage) => boolean) => {
		for (const passage of passages) if (some(passage)) passage.cut();
	};
	return {
		url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cutHints: () => cut(({ listens }) => listens),
		deafen() {
			for (const passage of passages) if (passage.listens) passage.deaf = true;
		},
		get listening() {
			return [...passages].filter(({ listens, deaf }) => listens && !deaf).length;
		},
		hold() {
			state = "held";
			for (const passage of passages) passage.hold();
		},
		refuse() {
			state = "refused";
			cut(() => true);
		},
		heal() {
			state = "open";
			for (const passage of passages) passage.release();
		},
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			cut(() => true);
			await closed;
		},
	};
}

/** One connection of a node. It listens from the first subscription on, and then what Redis says is looked at answer by answer. */
class Passage {
	listens = false;
	deaf = false;
	readonly #client: Socket;
	readonly #redis: Socket;
	#rest: Buffer = Buffer.alloc(0);

	constructor(client: Socket, port: number, held: boolean) {
		this.#client = client;
		this.#redis = connect({ port, host: "127.0.0.1", noDelay: true });
		client.setNoDelay();
		for (const [socket, other] of [
			[client, this.#redis],
			[this.#redis, client],
		] as const) {
			// What breaks is closed next, and then both are.
			socket.on("error", () => undefined).once("close", () => other.destroy());
		}
		client.on("data", (bytes: Buffer) => {
			this.listens ||= bytes.includes("ssubscribe");
			this.#redis.write(bytes);
		});
		this.#redis.on("data", (bytes: Buffer) => client.write(this.listens ? this.#heard(bytes) : bytes));
		if (held) this.hold();
	}

	hold(): void {
		this.#client.pause();
		this.#redis.pause();
	}

	release(): void {
		this.#client.resume();
		this.#redis.resume();
	}

	cut(): void {
		this.#client.resetAndDestroy();
		this.#redis.resetAndDestroy();
	}

	#heard(bytes: Buffer): Buffer {
		this.#rest = Buffer.concat([this.#rest, bytes]);
		const passing: Buffer[] = [];
		for (;;) {
			const end = endOfReply(this.#rest, 0);
			if (end === undefined) return Buffer.concat(passing);
			const reply = this.#rest.subarray(0, end);
			if (!this.deaf || !reply.subarray(0, hint.length).equals(hint)) passing.push(reply);
			this.#rest = this.#rest.subarray(end);
		}
	}
}

const hint = Buffer.from("*3\r\n$8\r\nsmessage\r\n");

/** Where one reply of RESP ends that begins at `at`; undefined while it is not whole. */
function endOfReply(bytes: Buffer, at: number): number | undefined {
	const line = bytes.indexOf("\r\n", at);
	if (line === -1) return undefined;
	const kind = String.fromCharCode(bytes[at] ?? 0);
	const count = Number(bytes.toString("latin1", at + 1, line));
	let end: number | undefined = line + 2;
	if (kind === "$" && count >= 0) end += count + 2;
	for (let i = 0; kind === "*" && i < count && end !== undefined; i++) end = endOfReply(bytes, end);
	return end === undefined || end > bytes.length ? undefined : end;
}
