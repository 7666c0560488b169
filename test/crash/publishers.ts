/** Publishers that go at full speed until their server is killed, and afterwards ask again for what was not acknowledged. */
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

/** What was acknowledged: the message's name and its id. */
export type Acknowledged = Map<string, string>;

interface Item {
	/** Unique, and the idempotency key: a publish that is asked for again stores once. */
	readonly name: string;
}

/** One way to publish, with what it has asked for and has no answer to. */
export abstract class Publisher {
	readonly acknowledged: Acknowledged;
	readonly #label: string;
	#next = 0;
	#open: Item[] = [];

	constructor(label: string, acknowledged: Acknowledged) {
		this.#label = label;
		this.acknowledged = acknowledged;
	}

	/** Publishes until the connection breaks or `stopped`. */
	abstract run(port: number, stopped: () => boolean): Promise<void>;

	/** What is to be asked for next: first what had no answer. */
	protected take(count: number): Item[] {
		while (this.#open.length < count) this.#open.push({ name: `${this.#label}:${this.#next++}` });
		return this.#open.slice(0, count);
	}

	/** What had no answer yet, to be asked for again; nothing new. */
	protected get unanswered(): readonly Item[] {
		return this.#open;
	}

	protected answered(name: string, id: unknown): void {
		if (typeof id !== "string") throw new Error(`${name} was answered ${JSON.stringify(id)}`);
		const before = this.acknowledged.get(name);
		if (before !== undefined && before !== id) throw new Error(`${name} was acknowledged as ${before} and as ${id}`);
		this.acknowledged.set(name, id);
		this.#open = this.#open.filter((item) => item.name !== name);
	}
}

const channel = "crash";

/** One message a request, or many. */
export class HttpPublisher extends Publisher {
	readonly #size: number;

	/** `size`: messages a request; 1 is no batch. */
	constructor(label: string, acknowledged: Acknowledged, size: number) {
		super(label, acknowledged);
		this.#size = size;
	}

	async run(port: number, stopped: () => boolean): Promise<void> {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		try {
			while (!stopped() || this.unanswered.length > 0)
				await this.#send(port, agent, stopped() ? this.unanswered.length : this.#size);
		} catch (error) {
			if (!isBroken(error)) throw error;
		} finally {
			agent.destroy();
		}
	}

	async #send(port: number, agent: Agent, count: number): Promise<void> {
		const items = this.take(Math.min(count, this.#size));
		const [first] = items;
		if (first === undefined) return;
		const one = this.#size === 1;
		const batch = items.map(({ name }) => ({ channel, data: name, idempotencyKey: name }));
		const path = one ? `/v1/channels/${channel}/messages` : "/v1/messages";
		const headers = { "Content-Type": "application/json", ...(one ? { "Idempotency-Key": first.name } : {}) };
		const answer = await post(port, agent, path, headers, JSON.stringify(one ? first.name : batch));
		const receipts = one ? [answer] : answer;
		for (const [i, { name }] of items.entries()) this.answered(name, (receipts as { id?: unknown }[])[i]?.id);
	}
}

function post(port: number, agent: Agent, path: string, headers: Record<string, string>, body: string): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const asked = request({ port, host: "127.0.0.1", path, method: "POST", headers, agent }, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk) => {
				text += chunk;
			});
			response.once("error", reject);
			// A server without its store is as good as gone.
			const answered = () => response.complete && response.statusCode !== 503;
			response.once("end", () => (answered() ? resolve(JSON.parse(text)) : reject(new Broken())));
		});
		asked.once("error", reject);
		asked.end(body);
	});
}

/** A window of publishes on one WebSocket, full form. */
export class SocketPublisher extends Publisher {
	async run(port: number, stopped: () => boolean): Promise<void> {
		const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, "holdfast.v1");
		const asked = new Map<number, Item>();
		let ref = 0;
		const fill = () => {
			const under = new Set([...asked.values()].map(({ name }) => name));
			for (const item of stopped() ? this.unanswered : this.take(window)) {
				if (under.has(item.name) || asked.size >= window) continue;
				asked.set(++ref, item);
				socket.send(JSON.stringify({ op: "publish", ref, channel, data: item.name, idempotencyKey: item.name }));
			}
			if (asked.size === 0) socket.close();
		};
		await new Promise<void>((resolve, reject) => {
			socket.on("message", (data) => {
				const frame = JSON.parse(data.toString());
				try {
					if (frame.op === "error" && frame.code === "store_unavailable") return socket.close();
					if (frame.op === "error") throw new Error(`publishing was refused: ${data}`);
					const item = asked.get(frame.ref);
					if (frame.op === "ok" && item !== undefined) {
						asked.delete(frame.ref);
						this.answered(item.name, frame.id);
					}
					fill();
				} catch (error) {
					reject(error);
				}
			});
			socket.on("error", (error) => (isBroken(error) ? resolve() : reject(error)));
			socket.once("close", () => resolve());
		});
	}
}

const window = 32;

class Broken extends Error {
	readonly code = "ECONNRESET";
}

function isBroken(error: unknown): boolean {
	const code = (error as NodeJS.ErrnoException).code ?? "";
	return ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(code);
}
