/** The client as one ES module, so that a page needs no build step, and the SharedWorker of its tabs as another. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { HoldfastError } from "@holdfast/protocol";
import { matches } from "./read.ts";
import { send } from "./respond.ts";
import type { Service } from "./service.ts";

interface ClientModule {
	readonly plain: Buffer;
	readonly gzipped: Buffer;
	readonly tag: string;
}

type Serve = (service: Service, request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const serveClient = serve("holdfast.js");
export const serveWorker = serve("holdfast-worker.js");

/** Asks for no rights: whoever has the package has these files. */
function serve(file: string): Serve {
	// Read once, when it is first asked for: the file is the same for every server of this process.
	let reading: Promise<ClientModule> | undefined;
	return async (_service, request, response) => {
		reading ??= readModule(file);
		const module = await reading.catch((error: unknown) => {
			// It may be built by the next time.
			reading = undefined;
			throw error;
		});
		answer(module, request, response);
	};
}

function answer({ plain, gzipped, tag }: ClientModule, request: IncomingMessage, response: ServerResponse): void {
	const headers = {
		// Weak, since it stands for the bytes with gzip and without.
		ETag: `W/${tag}`,
		// A browser asks each time, so that a new version of the server is never met by an old client.
		"Cache-Control": "no-cache",
		"X-Content-Type-Options": "nosniff",
	};
	// Beside the origin, by which the answer may vary already.
	response.appendHeader("Vary", "Accept-Encoding");
	if (matches(request.headers["if-none-match"], tag)) {
		response.writeHead(304, headers).end();
		return;
	}
	const type = { "Content-Type": "text/javascript; charset=utf-8" };
	if (takesGzip(request)) send(response, 200, gzipped, { ...headers, ...type, "Content-Encoding": "gzip" });
	else send(response, 200, plain, { ...headers, ...type });
}

/** @throws HoldfastError `not_found` where the file is not there: in a checkout that is not built, or a bundle of the server. */
async function readModule(file: string): Promise<ClientModule> {
	try {
		const manifest = createRequire(import.meta.url).resolve("@holdfast/client/package.json");
		const plain = await readFile(join(dirname(manifest), "dist", file));
		const tag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
		return { plain, gzipped: await promisify(gzip)(plain, { level: 9 }), tag };
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (code !== "MODULE_NOT_FOUND" && code !== "ENOENT") throw cause;
		const detail = `The file dist/${file} of @holdfast/client is not beside this server; npm run build makes it.`;
		throw new HoldfastError("not_found", detail, { cause });
	}
}

function takesGzip({ headers }: IncomingMessage): boolean {
	const accepted = String(headers["accept-encoding"]).split(",");
	return accepted.some((each) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(each));
}
