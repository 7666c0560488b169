/**
 * What every measured server has in common: it publishes to itself, with so many messages in flight. A message is in flight
 * until the generator has confirmed, on a connection of its own, that every reader has received it.
 */
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { payload } from "../payload.ts";
import { answer } from "../run/calls.ts";

export interface Ports {
	readonly port: number;
	/** Where confirmations are taken. */
	readonly control: number;
}

export interface Run {
	/** Messages in flight. */
	readonly window: number;
	readonly milliseconds: number;
}

export interface Ran {
	readonly messages: number;
	/** From the first publish to the last confirmation. */
	readonly seconds: number;
}

/** How the server at hand publishes a text to all its readers. */
export type Publish = (text: string) => unknown;

const stalledAfter = 10_000;

let published = 0;
let confirmed = 0;
let progress: () => void = () => {};

function run(publish: Publish, { window, milliseconds }: Run): Promise<Ran> {
	const from = published;
	const begin = performance.now();
	return new Promise((resolve, reject) => {
		const stalled = setTimeout(() => {
			reject(new Error(`of ${published} messages published, ${published - confirmed} were not received by all`));
		}, milliseconds + stalledAfter);
		progress = () => {
			if (performance.now() - begin < milliseconds) {
				while (published < confirmed + window) publish(payload(published++));
			} else if (confirmed === published) {
				clearTimeout(stalled);
				progress = () => {};
				resolve({ messages: published - from, seconds: (performance.now() - begin) / 1000 });
			}
		};
		progress();
	});
}

/** Confirmations are counts of four bytes; the last one says all. */
function takeConfirmations(socket: Socket): void {
	let rest = Buffer.alloc(0);
	socket.on("error", () => {});
	socket.on("data", (chunk) => {
		const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		const whole = bytes.length - (bytes.length % 4);
		rest = bytes.subarray(whole);
		if (whole === 0) return;
		confirmed = bytes.readUInt32BE(whole - 4);
		progress();
	});
}

function listen(server: Server): Promise<number> {
	return new Promise((resolve, reject) => {
		server.on("error", reject);
		// A backlog above the generator's handshakes at once.
		server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => resolve((server.address() as AddressInfo).port));
	});
}

export type ServerCalls = {
	listen(): Promise<Ports>;
	run(run: Run): Promise<Ran>;
	collectGarbage(): void;
};

/** Runs the server at hand for the bench. */
export function serve(server: HttpServer, publish: Publish): void {
	const calls: ServerCalls = {
		async listen() {
			return { port: await listen(server), control: await listen(createServer(takeConfirmations)) };
		},
		run: (asked) => run(publish, asked),
		/** Twice, since the first collection leaves what finalizers then let go. */
		collectGarbage() {
			globalThis.gc?.();
			globalThis.gc?.();
		},
	};
	answer(calls);
}
