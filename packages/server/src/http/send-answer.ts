/** The answer to a poll, which may be large. One of which no byte is taken for too long is cut off: it would be kept for ever. */
import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { isGone, streamOf } from "../transport/outlet.ts";
import type { Answer } from "../transport/poll.ts";
import { LaneResponse } from "./lane/response.ts";
import { tagOf } from "./parameters.ts";
import { sendJson, startJson } from "./respond.ts";
import type { Service } from "./service.ts";

/** What a stream of HTTP/2 is given at once. */
const pieceBytes = 64 * 1024;

export function sendAnswer(service: Service, response: ServerResponse, answer: Answer): void {
	if (response instanceof LaneResponse) {
		response.answer(answer);
		return;
	}
	const { body, next } = answer;
	const headers = { ETag: tagOf(next) };
	const stream = streamOf(response);
	if (stream === undefined) {
		const { socket } = response;
		sendJson(response, 200, body, headers);
		if (socket === null || socket.writableLength === 0) return;
		response.setTimeout(service.limits.stallTimeout, () => response.destroy());
		// Before Node sets the time that a connection may be idle: what follows on it has no such time.
		response.prependOnceListener("finish", () => socket.setTimeout(0));
	} else if (response.req.method === "HEAD") {
		sendJson(response, 200, body, headers);
	} else if (!isGone(response)) {
		startJson(response, 200, body.length, headers);
		sendPieces(service, stream, body);
	}
}

/**
 * Node's time-out of a stream counts what moves on its whole connection, and it tells nothing of a write that is half done. So
 * the body goes in pieces, each with its time.
 */
function sendPieces({ clock, limits }: Service, stream: ServerHttp2Stream, body: Buffer): void {
	const cut = () => stream.destroy();
	let timer = clock.after(limits.stallTimeout, cut);
	let at = 0;
	const send = () => {
		timer.cancel();
		if (stream.destroyed) return;
		timer = clock.after(limits.stallTimeout, cut);
		const piece = body.subarray(at, at + pieceBytes);
		at += piece.length;
		if (at < body.length) stream.write(piece, send);
		else stream.end(piece);
	};
	stream.once("close", () => timer.cancel());
	send();
}
