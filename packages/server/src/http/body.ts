import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { LaneRequest } from "./lane/request.ts";
import { isWhole } from "./peer.ts";
import { Recent } from "./recent.ts";

/** What is read and thrown away after a refusal, so that a client that only reads when it has written gets its answer. */
const tolerated = 4 * 1024 * 1024;

const formTypes = new Set(["application/x-www-form-urlencoded", "multipart/form-data"]);

export type BodyType = "json" | "text" | "bytes";

/** @throws HoldfastError `unsupported_type`, with a detail that names the header to send. */
export function bodyTypeOf(request: IncomingMessage): BodyType {
	const coding = request.headers["content-encoding"];
	if (coding !== undefined && coding.toLowerCase() !== "identity") {
		throw new HoldfastError("unsupported_type", "Send the body as it is, without a Content-Encoding header.");
	}
	return bodyTypes.get(request.headers["content-type"] ?? "") as BodyType;
}

const bodyTypes = new Recent(100, bodyTypeNamed);

function bodyTypeNamed(header: string): BodyType {
	const [type = "", ...parameters] = header.toLowerCase().split(";");
	const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith("charset="));
	if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
		throw new HoldfastError(
			"unsupported_type",
			"Send UTF-8: Content-Type: application/json or text/plain, with charset=utf-8 or none.",
		);
	}
	const name = type.trim();
	if (formTypes.has(name)) {
		throw new HoldfastError(
			"unsupported_type",
			"Forms are not published. Send Content-Type: application/json, text/plain or application/octet-stream.",
		);
	}
	return name === "application/json" ? "json" : name === "text/plain" ? "text" : "bytes";
}

/**
 * The whole body, of at most `most` bytes; at once where it came with the request.
 *
 * @throws HoldfastError `too_large`; the rest is then read and dropped, within bounds.
 */
export function readBody(request: IncomingMessage, most: number): Buffer | Promise<Buffer> {
	if (request instanceof LaneRequest) {
		if (request.body.length > most) throw tooLarge(most);
		return request.body;
	}
	if (Number(request.headers["content-length"] ?? 0) > most) return Promise.reject(refuse(request, most));
	if (request.readableDidRead) {
		return Promise.reject(new Error("The body was read before Holdfast: mount it ahead of body parsers."));
	}
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		const take = (chunk: Buffer) => {
			size += chunk.length;
			if (size <= most) {
				chunks.push(chunk);
				return;
			}
			request.off("data", take);
			reject(refuse(request, most));
		};
		request.on("data", take);
		const broken = () => reject(new HoldfastError("bad_request", "The body ended before it was whole."));
		request.once("error", broken);
		request.once("end", () => {
			if (!isWhole(request)) broken();
			else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
		});
	});
}

/** The connection stays as it is: closing it while the client writes would take the answer from it with a reset. */
function refuse(request: IncomingMessage, most: number): HoldfastError {
	let dropped = 0;
	request.on("data", (chunk: Buffer) => {
		dropped += chunk.length;
		// Over HTTP/2 that is the stream of the request, and not the connection.
		if (dropped > tolerated) request.socket.destroy();
	});
	return tooLarge(most);
}

function tooLarge(most: number): HoldfastError {
	return new HoldfastError("too_large", `The body may have ${most} bytes.`);
}

const decoders = {
	json: new TextDecoder("utf-8", { fatal: true }),
	text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }),
};

/** @throws HoldfastError `bad_json` or `bad_request` for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, type: "json" | "text"): string {
	try {
		return decoders[type].decode(bytes);
	} catch {
		throw new HoldfastError(
			type === "json" ? "bad_json" : "bad_request",
			"The body is not UTF-8. Send other bytes as Content-Type: application/octet-stream.",
		);
	}
}
