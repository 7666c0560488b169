/** A server on a real port of this machine, and readers of it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createHoldfast, type Holdfast, type HoldfastOptions, type Log } from "../index.ts";
import { type Answered, type Asked, exchange } from "./readers/exchange.ts";
import type { TestReader, Where } from "./readers/reader.ts";
import type { Target, Way } from "./readers/way.ts";

export interface WorldOptions extends Omit<HoldfastOptions, "log"> {
	/** Whether requests take the fast lane; they do unless it is false. */
	readonly fastLane?: boolean;
}

export interface Labels {
	readonly event?: string;
	readonly key?: string;
	readonly idempotencyKey?: string;
}

export class World implements Target {
	readonly host = "127.0.0.1";
	port = 0;
	holdfast: Holdfast;
	readonly #options: WorldOptions;
	readonly #sockets = new Set<Socket>();
	readonly #readers = new Set<TestReader>();
	#server: Server;

	static async start(log: Log, options: WorldOptions = {}): Promise<World> {
		const world = new World(log, options);
		await world.#listen();
		return world;
	}

	private constructor(log: Log, options: WorldOptions) {
		this.#options = options;
		this.holdfast = createHoldfast({ ...options, log });
		this.#server = this.#serve();
	}

	/** The server's ends of the connections that are open. */
	get sockets(): ReadonlySet<Socket> {
		return this.#sockets;
	}

	request(path: string, asked?: Asked): Promise<Answered> {
		return exchange(this, path, asked);
	}

	/** Publishes over HTTP: a Uint8Array as bytes, a string as text, anything else as JSON. */
	async publish(channel: string, data: unknown, { event, key, idempotencyKey }: Labels = {}): Promise<Answered> {
		const bytes = data instanceof Uint8Array;
		const type = bytes ? "application/octet-stream" : typeof data === "string" ? "text/plain" : "application/json";
		const query = new URLSearchParams({ ...(event === undefined ? {} : { event }), ...(key === undefined ? {} : { key }) });
		return await this.request(`/v1/channels/${channel}/messages?${query}`, {
			method: "POST",
			headers: { "Content-Type": type, ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }) },
			body: bytes ? data : typeof data === "string" ? data : JSON.stringify(data),
		});
	}

	async open(way: Way, where: Where): Promise<TestReader> {
		const reader = await way.open(this, where);
		this.#readers.add(reader);
		return reader;
	}

	/** What a crash is to clients: every connection is gone, and then a new server listens on the same port. */
	async restart(log: Log): Promise<void> {
		await this.#cut();
		this.holdfast = createHoldfast({ ...this.#options, log });
		this.#server = this.#serve();
		await this.#listen();
	}

	/** Closes everything but the log. Fails when any reader was told something wrong. */
	async close(): Promise<void> {
		await this.#cut();
		for (const reader of this.#readers) reader.close();
	}

	#serve(): Server {
		const { holdfast } = this;
		const server = createServer((request, response) => holdfast.handle(request, response));
		server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));
		if (this.#options.fastLane !== false) holdfast.fastLane(server);
		server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.once("close", () => this.#sockets.delete(socket));
		});
		return server;
	}

	async #listen(): Promise<void> {
		await new Promise<void>((resolve) => this.#server.listen(this.port, this.host, resolve));
		this.port = (this.#server.address() as AddressInfo).port;
	}

	async #cut(): Promise<void> {
		const closed = new Promise((resolve) => this.#server.close(resolve));
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}
}
