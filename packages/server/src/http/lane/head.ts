/** Requests as plain as the thousands that readers and publishers send. Whatever is not plain is for Node's parser. */
import type { IncomingHttpHeaders } from "node:http";
import { Recent } from "../recent.ts";

export interface Head {
	readonly method: "GET" | "POST";
	readonly target: string;
	readonly headers: IncomingHttpHeaders;
	/** What stands before the body, in bytes. */
	readonly length: number;
	readonly bodyLength: number;
}

const longest = 8 * 1024;
const mostHeaders = 64;
const headEnd = Buffer.from("\r\n\r\n");

/** A path without a fragment, in visible ASCII. */
const requestLine = /^(GET|POST) (\/[!"$-~]*) HTTP\/1\.1\r\n/;
const name = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Nothing that ends a line for anybody, and no control character but a tab. */
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The head of the request that `bytes` begin with. Undefined where anybody could read it otherwise than we do, or it is not
 * whole: framing is by one Content-Length or none, no header comes twice, and no line is folded or ends with a bare line feed.
 */
export function readHead(bytes: Buffer, blocks: HeaderBlocks): Head | undefined {
	const end = bytes.indexOf(headEnd);
	if (end < 0 || end > longest) return undefined;
	const text = bytes.toString("latin1", 0, end + 2);
	const [line, method, target] = requestLine.exec(text) ?? [];
	if (line === undefined) return undefined;
	const headers = blocks.get(text.slice(line.length));
	if (headers === undefined) return undefined;
	const bodyLength = Number(headers["content-length"] ?? 0);
	// A body that GET brings has no meaning, and whose it is has been the start of attacks.
	if ((method === "GET") !== (headers["content-length"] === undefined)) return undefined;
	return { method: method as Head["method"], target: target as string, headers, length: end + headEnd.length, bodyLength };
}

/** Headers that change what the bytes behind them are, or ask for what only Node does. */
const special = ["transfer-encoding", "expect", "te", "trailer", "proxy-connection", "http2-settings"] as const;

/** Headers by their lines. Those of a client come again with each of its requests. */
export type HeaderBlocks = Recent<IncomingHttpHeaders>;

/** `most`: how many are remembered. */
export function headerBlocks(most: number): HeaderBlocks {
	return new Recent(most, (block) => {
		const headers = parse(block);
		return headers !== undefined && isPlain(headers) ? headers : undefined;
	});
}

function parse(block: string): IncomingHttpHeaders | undefined {
	const headers: Record<string, string> = Object.create(null);
	let count = 0;
	for (let at = 0; at < block.length; ) {
		const end = block.indexOf("\r\n", at);
		const colon = block.indexOf(":", at);
		if (end < 0 || colon < 0 || colon > end || ++count > mostHeaders) return undefined;
		const key = block.slice(at, colon).toLowerCase();
		const text = block.slice(colon + 1, end);
		if (!name.test(key) || !value.test(text) || key in headers) return undefined;
		headers[key] = text.replace(/^[\t ]+|[\t ]+$/g, "");
		at = end + 2;
	}
	return Object.freeze(headers);
}

function isPlain(headers: IncomingHttpHeaders): boolean {
	if (headers.host === undefined || special.some((header) => headers[header] !== undefined)) return false;
	if (!/^(\d{1,7})?$/.test(headers["content-length"] ?? "")) return false;
	if (headers["content-length"] === "") return false;
	const asked = headers.connection?.toLowerCase() ?? "keep-alive";
	if (headers.upgrade === undefined) return asked === "keep-alive";
	const options = asked.split(",").map((option) => option.trim());
	const isUpgrade = options.every((option) => option === "upgrade" || option === "keep-alive") && options.includes("upgrade");
	return isUpgrade && headers.upgrade.toLowerCase() === "websocket";
}
