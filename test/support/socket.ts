/** A WebSocket whose frames are waited for one by one. */
import type { OutgoingHttpHeaders } from "node:http";
import { WebSocket } from "ws";
import type { Answer } from "./http.ts";

export interface Closed {
	readonly code: number;
	readonly reason: string;
}

export interface Client {
	readonly socket: WebSocket;
	readonly closed: Promise<Closed>;
	/** The next text frame as JSON. Rejects when the connection closes before it comes. */
	// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says it is.
	next(): Promise<any>;
	// biome-ignore lint/suspicious/noExplicitAny: as above.
	take(n: number): Promise<any[]>;
	/** A string or bytes as they are, anything else as JSON. */
	send(frame: unknown): void;
	close(): void;
}

interface Options {
	readonly protocol?: string | string[];
	readonly headers?: OutgoingHttpHeaders;
	/** Whether any certificate will do. */
	readonly trusting?: true;
}

export async function openSocket(url: string, options: Options = {}): Promise<Client> {
	const socket = connect(url, options);
	const frames: string[] = [];
	const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
	let over: Closed | undefined;
	socket.on("message", (data) => {
		const text = data.toString();
		const first = waiting.shift();
		if (first === undefined) frames.push(text);
		else first.resolve(JSON.parse(text));
	});
	const closed = new Promise<Closed>((resolve) => {
		socket.once("close", (code, reason) => {
			over = { code, reason: reason.toString() };
			for (const { reject } of waiting) reject(new Error(`closed with ${code} ${reason}`));
			resolve(over);
		});
	});
	await new Promise<void>((resolve, reject) => {
		socket.once("open", resolve).once("error", reject);
	});
	socket.on("error", () => undefined);
	const next = () =>
		new Promise((resolve, reject) => {
			const text = frames.shift();
			if (text !== undefined) resolve(JSON.parse(text));
			else if (over !== undefined) reject(new Error(`closed with ${over.code} ${over.reason}`));
			else waiting.push({ resolve, reject });
		});
	return {
		socket,
		closed,
		next,
		async take(n) {
			const taken: unknown[] = [];
			while (taken.length < n) taken.push(await next());
			return taken;
		},
		send: (frame) => socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame)),
		close: () => socket.terminate(),
	};
}

/** The HTTP answer to a handshake that is refused. */
export function refusedSocket(url: string, options: Options = {}): Promise<Answer> {
	const socket = connect(url, options);
	return new Promise((resolve, reject) => {
		socket.once("open", () => reject(new Error("it was opened")));
		socket.once("error", reject);
		socket.once("unexpected-response", (_, response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.once("end", () => {
				const text = Buffer.concat(chunks).toString();
				const json = text === "" ? undefined : JSON.parse(text);
				resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
			});
		});
	});
}

function connect(url: string, { protocol, headers = {}, trusting }: Options): WebSocket {
	const address = url.replace(/^http/, "ws");
	const settings = { headers: headers as Record<string, string>, perMessageDeflate: false, rejectUnauthorized: !trusting };
	return protocol === undefined ? new WebSocket(address, settings) : new WebSocket(address, protocol, settings);
}
