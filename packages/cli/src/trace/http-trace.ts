/** Polls and event streams: each request as it leaves, the head of each answer, and bodies or lines. */
import { HeadReader, printHead } from "./head-reader.ts";
import { tap } from "./tap.ts";
import { type Print, shorten, type Trace } from "./trace.ts";

export function httpTrace(print: Print): Trace {
	return {
		opened(socket) {
			const heads = new HeadReader();
			print("= a new TCP connection");
			tap(socket, {
				sent(bytes) {
					// Readers send no bodies, so that one head follows another.
					const head = heads.push(bytes);
					if (head !== undefined) printHead(head.lines, ">", print, shorten);
				},
				// An answer's body may come in chunks; its reader shows it whole.
				received: () => undefined,
			});
		},
		response(response) {
			const { httpVersion, statusCode, statusMessage, rawHeaders } = response;
			const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
			for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
			printHead(lines, "<", print, shorten);
		},
		body(text) {
			print(text === "" ? "= no body" : `< ${shorten(text)}`);
			if (text !== "") print(`= a body of ${Buffer.byteLength(text)} bytes`);
		},
		line(line) {
			print(`< ${shorten(line)}`.trimEnd());
		},
	};
}
