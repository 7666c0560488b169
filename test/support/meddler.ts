/** A TCP proxy in front of a server, which does to connections what networks and other people's proxies do. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What a connection asks for. */
export type Kind = "websocket" | "sse" | "long-poll" | "other";

/**
 * `refuse`: cut as soon as it has asked, and the server never hears of it. `hang`: taken, and never answered. `buffer`: what the
 * server answers is held back until the answer ends. `delay`: each byte comes so many milliseconds later, both ways.
 */
export type Treatment = "pass" | "refuse" | "hang" | "buffer" | { readonly cutAfter: number } | { readonly delay: number };

export interface Meddler {
	/** `http://127.0.0.1:<port>` */
	readonly origin: string;
	/** What is done to connections of this kind that come from now on. At first all pass. */
	treat(kind: Kind, treatment: Treatment): void;
	/** Cuts those that are open now. */
	cut(kind: Kind): void;
	/** Those that are open now go silent for good: each byte is lost, and neither end is told what becomes of the other. */
	hang(kind: Kind): void;
	/** How many are open now. */
	open(kind: Kind): number;
	/** How many ever came, those that were refused too. */
	total(kind: Kind): number;
	close(): Promise<void>;
}

export async function startMeddler(port: number): Promise<Meddler> {
	const treatments = new Map<Kind, Treatment>();
	const passages = new Map<Kind, Set<Passage>>();
	const totals = new Map<Kind, number>();
	const sockets = new Set<Socket>();
	const keep = (socket: Socket) => {
		sockets.add(socket);
		// A connection that breaks is closed next, and that is what counts.
		socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
		return socket;
	};
	const of = (kind: Kind) => {
		const open = passages.get(kind) ?? new Set();
		passages.set(kind, open);
		return open;
	};
	const server = createServer((client) => {
		readHead(keep(client), (head, rest) => {
			const kind = kindOf(head);
			const treatment = treatments.get(kind) ?? "pass";
			totals.set(kind, (totals.get(kind) ?? 0) + 1);
			if (treatment === "refuse") {
				client.destroy();
				return;
			}
			const upstream = keep(connect(port, "127.0.0.1"));
			const passage = new Passage(client, upstream, treatment);
			of(kind).add(passage);
			client.once("close", () => of(kind).delete(passage));
			passage.toServer(Buffer.concat([Buffer.from(askedOnce(head), "latin1"), rest]));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		treat: (kind, treatment) => void treatments.set(kind, treatment),
		cut(kind) {
			for (const passage of of(kind)) passage.cut();
		},
		hang(kind) {
			for (const passage of of(kind)) passage.hang();
		},
		open: (kind) => of(kind).size,
		total: (kind) => totals.get(kind) ?? 0,
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}

/** One connection through the proxy. Nothing is slowed down for an end that does not read: tests send little. */
class Passage {
	readonly #client: Socket;
	readonly #server: Socket;
	readonly #delay: number;
	#silent: boolean;
	/** The answer, while it is held back. */
	#held: Buffer[] | undefined;

	constructor(client: Socket, server: Socket, treatment: Treatment) {
		this.#client = client;
		this.#server = server;
		this.#silent = treatment === "hang";
		this.#held = treatment === "buffer" ? [] : undefined;
		this.#delay = typeof treatment === "object" && "delay" in treatment ? treatment.delay : 0;
		if (typeof treatment === "object" && "cutAfter" in treatment) setTimeout(() => this.cut(), treatment.cutAfter).unref();
		client.on("data", (bytes: Buffer) => this.toServer(bytes));
		server.on("data", (bytes: Buffer) => (this.#held === undefined ? this.#toClient(bytes) : this.#held.push(bytes)));
		server.once("end", () => this.#toClient(Buffer.concat(this.#held ?? [])));
		client.once("close", () => this.#late(() => server.destroy()));
		server.once("close", () => this.#late(() => client.end()));
	}

	toServer(bytes: Buffer): void {
		this.#late(() => this.#server.write(bytes));
	}

	cut(): void {
		this.#client.destroy();
		this.#server.destroy();
	}

	hang(): void {
		this.#silent = true;
	}

	#toClient(bytes: Buffer): void {
		this.#late(() => this.#client.write(bytes));
	}

	/** Timers of one length run in the order in which they were set, so that bytes keep theirs. */
	#late(run: () => void): void {
		const unlessSilent = () => {
			if (!this.#silent) run();
		};
		if (this.#delay === 0) unlessSilent();
		else setTimeout(unlessSilent, this.#delay).unref();
	}
}

function readHead(client: Socket, done: (head: string, rest: Buffer) => void): void {
	let bytes = Buffer.alloc(0);
	const read = (more: Buffer) => {
		bytes = Buffer.concat([bytes, more]);
		const end = bytes.indexOf("\r\n\r\n");
		if (end === -1) return;
		client.off("data", read);
		done(bytes.toString("latin1", 0, end), bytes.subarray(end));
	};
	client.on("data", read);
}

function kindOf(head: string): Kind {
	if (/^upgrade: *websocket/im.test(head)) return "websocket";
	if (/^accept:.*text\/event-stream/im.test(head)) return "sse";
	return /^\S+ \S*[?&]wait=/.test(head) ? "long-poll" : "other";
}

/** One request a connection: so a connection is of one kind, and its answer ends when it does, and nothing else need be parsed. */
function askedOnce(head: string): string {
	if (kindOf(head) === "websocket") return head;
	return `${head.replace(/\r\nconnection:[^\r]*/i, "")}\r\nConnection: close`;
}
