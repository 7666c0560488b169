/** The page to try the server out, and what it loads: three files, read once. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What the page loads stands beside it, and so do the routes that it asks: it has no folder of its own. */
const files = [
	["", "index.html", "text/html; charset=utf-8"],
	["/style.css", "style.css", "text/css; charset=utf-8"],
	["/console.js", "console.js", "text/javascript; charset=utf-8"],
] as const;

/** The page shows what others publish, so even a message that became markup must find nothing that runs it. */
const policy = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join("; ");

/** Answers a request for the page; false when it asks for something else. */
export type ConsolePage = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * @param folder - holds the files of the page.
 * @param at - the path of the page.
 * @throws the error of the file system when one is missing.
 */
export function consolePage(folder: URL, at: "/" | "/console"): ConsolePage {
	const answers = new Map(
		files.map(([path, name, type]) => {
			const body = readFileSync(new URL(name, folder));
			const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
			const headers = {
				"Content-Type": type,
				ETag: tag,
				// A browser asks each time, so that a new version of the server is never met by an old page.
				"Cache-Control": "no-cache",
				"Content-Security-Policy": policy,
				"X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "no-referrer",
			};
			return [(path === "" ? at : path) as string, { body, tag, headers }] as const;
		}),
	);
	return (request, response) => {
		const answer = answers.get(request.url?.split("?", 1)[0] ?? "");
		if (answer === undefined || (request.method !== "GET" && request.method !== "HEAD")) return false;
		const fresh = request.headers["if-none-match"] === answer.tag;
		response.writeHead(fresh ? 304 : 200, fresh ? answer.headers : { ...answer.headers, "Content-Length": answer.body.length });
		response.end(fresh || request.method === "HEAD" ? undefined : answer.body);
		return true;
	};
}
