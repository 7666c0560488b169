/** A WebSocket from its first byte: the handshake, how the accept value comes from the key, and each frame both ways. */
import { createHash } from "node:crypto";
import { FrameTracer } from "./frame-tracer.ts";
import { HeadReader, printHead } from "./head-reader.ts";
import type { Tap } from "./tap.ts";
import { type Print, shorten } from "./trace.ts";

/** Every WebSocket server knows it, and hardly anything else does (RFC 6455, section 1.3). */
export const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One connection; both directions begin with a head of HTTP. */
export class ConnectionTrace implements Tap {
	readonly #print: Print;
	readonly #request = new HeadReader();
	readonly #response = new HeadReader();
	#outgoing: FrameTracer | undefined;
	#incoming: FrameTracer | undefined;
	#key = "";
	#refused = false;

	constructor(print: Print) {
		this.#print = print;
		print("= a new TCP connection");
	}

	sent(bytes: Uint8Array): void {
		if (this.#outgoing === undefined) this.#sentHead(bytes);
		else this.#outgoing.push(bytes);
	}

	received(bytes: Uint8Array): void {
		if (this.#incoming !== undefined) this.#incoming.push(bytes);
		else if (this.#refused) this.#print(`< ${shorten(Buffer.from(bytes).toString("utf8"))}`);
		else this.#receivedHead(bytes);
	}

	#sentHead(bytes: Uint8Array): void {
		const head = this.#request.push(bytes);
		if (head === undefined) return;
		printHead(head.lines, ">", this.#print, shorten);
		this.#key = header(head.lines, "sec-websocket-key");
		this.#outgoing = new FrameTracer((line) => this.#print(`> ${hideToken(line)}`));
	}

	#receivedHead(bytes: Uint8Array): void {
		const head = this.#response.push(bytes);
		if (head === undefined) return;
		printHead(head.lines, "<", this.#print, shorten);
		if (/^HTTP\/\S+ 101 /.test(`${head.lines[0]} `)) {
			for (const line of explainAccept(this.#key, header(head.lines, "sec-websocket-accept"))) this.#print(`= ${line}`);
			this.#incoming = new FrameTracer((line) => this.#print(`< ${line}`));
		} else {
			this.#print("= not 101: the server refused, and this stays HTTP");
			this.#refused = true;
		}
		if (head.rest.length > 0) this.received(head.rest);
	}
}

/** A browser sends no headers with a WebSocket, so the client's first frame bears the token. */
function hideToken(line: string): string {
	return line.replace(/("op":"auth","token":")(?:[^"\\]|\\.)*/, "$1…");
}

/** The accept value, with its steps. */
export function explainAccept(key: string, accept: string): string[] {
	const digest = createHash("sha1")
		.update(key + guid)
		.digest();
	const value = digest.toString("base64");
	return [
		"Sec-WebSocket-Accept shows that the server read the key and speaks WebSocket: base64(SHA-1(key + GUID))",
		`  key     ${key}`,
		`  + GUID  ${key}${guid}`,
		`  SHA-1   ${digest.toString("hex")}`,
		`  base64  ${value}  ${value === accept ? "(what the server sent)" : `(but the server sent ${shorten(accept)})`}`,
		"from here on both sides send frames; a client masks each of its own with four random bytes",
	];
}

function header(lines: readonly string[], name: string): string {
	const line = lines.find((text) => text.toLowerCase().startsWith(`${name}:`));
	return line === undefined ? "" : line.slice(name.length + 1).trim();
}
