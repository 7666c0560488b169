/** Polls and event streams: the heads as they pass the socket, and bodies or lines as they come. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Environment } from "@holdfast/client";
import { printHead } from "./head-reader.ts";
import { type Print, shorten } from "./trace.ts";

type Fetch = Environment["fetch"];

interface Sent {
	readonly headers: string;
}

interface Answered {
	readonly response: { readonly statusCode: number; readonly statusText: string; readonly headers: readonly Uint8Array[] };
}

/** A fetch that shows what it sends and gets, until `signal` is aborted. */
export function traceFetch(fetch: Fetch, print: Print, signal: AbortSignal): Fetch {
	traceHeads(print, signal);
	return async (url, init) => traceBody(await fetch(url, init), print);
}

/** Node's `fetch` tells of its connections to whoever listens: nothing else shows what it sends besides what it was given. */
function traceHeads(print: Print, signal: AbortSignal): void {
	const seen: Readonly<Record<string, (told: unknown) => void>> = {
		"undici:client:connected": () => print("= a new TCP connection"),
		"undici:client:sendHeaders": (told) => {
			printHead((told as Sent).headers.trimEnd().split("\r\n"), ">", print, shorten);
		},
		"undici:request:headers": (told) => {
			const { statusCode, statusText, headers } = (told as Answered).response;
			const lines = [`HTTP/1.1 ${statusCode} ${statusText}`];
			const texts = headers.map((text) => Buffer.from(text).toString("latin1"));
			for (let i = 0; i < texts.length; i += 2) lines.push(`${texts[i]}: ${texts[i + 1]}`);
			printHead(lines, "<", print, shorten);
		},
	};
	for (const [name, listener] of Object.entries(seen)) {
		subscribe(name, listener);
		signal.addEventListener("abort", () => unsubscribe(name, listener));
	}
}

/** Shows what an answer holds while it is read: an event stream line by line, anything else at its end. */
function traceBody(response: Response, print: Print): Response {
	if (response.body === null) return response;
	const lasting = response.headers.get("Content-Type")?.startsWith("text/event-stream");
	const decoder = new TextDecoder();
	let rest = "";
	const show = new TransformStream<Uint8Array, Uint8Array>({
		transform(piece, passed) {
			passed.enqueue(piece);
			rest += decoder.decode(piece, { stream: true });
			if (!lasting) return;
			const lines = rest.split(/\r?\n/);
			rest = lines.pop() ?? "";
			for (const line of lines) print(`< ${shorten(line)}`.trimEnd());
		},
		flush() {
			if (lasting) return;
			print(rest === "" ? "= no body" : `< ${shorten(rest)}`);
			if (rest !== "") print(`= a body of ${Buffer.byteLength(rest)} bytes`);
		},
	});
	return new Response(response.body.pipeThrough(show), response);
}
