import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Head } from "./head.ts";

/** What routes look at in a request, as Node's has it. Its body came with it. */
export class LaneRequest {
	readonly httpVersion = "1.1";
	readonly httpVersionMajor = 1;
	readonly httpVersionMinor = 1;
	readonly complete = true;
	readonly method: string;
	readonly url: string;
	readonly headers: IncomingHttpHeaders;
	readonly socket: Socket;
	readonly body: Buffer;

	constructor({ method, target, headers }: Head, socket: Socket, body: Buffer) {
		this.method = method;
		this.url = target;
		this.headers = headers;
		this.socket = socket;
		this.body = body;
	}

	get rawHeaders(): string[] {
		return Object.entries(this.headers).flatMap(([name, value]) => [name, String(value)]);
	}
}
