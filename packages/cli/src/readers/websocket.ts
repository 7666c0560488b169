/** The plain WebSocket form: a JSON text frame a message. */
import type { IncomingMessage } from "node:http";
import { mayComeBack } from "@holdfast/protocol";
import { WebSocket } from "ws";
import { Broken, Refused } from "../wire/ending.ts";
import { address, authorization, describe, failure, longestAnswer, readText } from "../wire/request.ts";
import { asGap, asMessage, asNext, fields, parseJson, place, type Reader, type Reading, resource } from "./reader.ts";

/** The server pings every 25 s; more than two missing ones are a dead connection. */
const silence = 60_000;
/** Time for the server to answer our close frame. */
const closing = 1000;

export const readWebSocket: Reader = (reading) =>
	new Promise((resolve, reject) => {
		const url = address(reading.server, resource(reading.channels, [place(reading)]));
		const socket = new WebSocket(url, {
			agent: reading.agent,
			headers: authorization(reading.server),
			perMessageDeflate: false,
			maxPayload: longestAnswer,
			handshakeTimeout: 15_000,
		});
		let answered = false;
		let failed: unknown;
		const abandon = () => {
			socket.removeAllListeners("message");
			// The answer to a close frame stands behind all that we have not read.
			if (socket.isPaused) socket.terminate();
			else socket.close(1000);
			setTimeout(() => socket.terminate(), closing).unref();
		};
		reading.signal.addEventListener("abort", abandon);
		const settle = (error: Error) => {
			reading.signal.removeEventListener("abort", abandon);
			if (reading.signal.aborted) resolve();
			else reject(error);
		};
		socket.on("upgrade", (response) => {
			answered = true;
			response.socket.setTimeout(silence, () => socket.terminate());
		});
		socket.on("unexpected-response", (_, response) => {
			refusal(response).then((error) => {
				settle(error);
				socket.terminate();
			}, settle);
		});
		socket.on("error", (error) => {
			failed = error;
		});
		socket.on("close", (code, reason) => settle(closed(url, code, String(reason), answered, failed)));
		socket.on("message", (data) => {
			try {
				const room = tellFrame(reading, String(data));
				if (room === undefined) return;
				socket.pause();
				room.then(() => reading.signal.aborted || socket.resume(), settle);
			} catch (error) {
				settle(error as Error);
				socket.terminate();
			}
		});
	});

async function refusal(response: IncomingMessage): Promise<Error> {
	return failure(response, await readText(response));
}

/** The code's range says whether to come back. */
function closed(url: URL, code: number, reason: string, answered: boolean, failed: unknown): Error {
	if (failed !== undefined) return new Broken(`${url.host}: ${describe(failed)}`, { answered, cause: failed });
	const line = `closed with ${code}${reason === "" ? "" : ` ${reason}`}`;
	return mayComeBack(code) ? new Broken(line) : new Refused(line);
}

function tellFrame(reading: Reading, text: string): Promise<void> | undefined {
	const frame = fields(parseJson(text));
	switch (frame["op"]) {
		case undefined: {
			const { next, ...rest } = frame;
			const message = asMessage(rest);
			return reading.tell({ kind: "message", message, cursor: typeof next === "string" ? next : message.id });
		}
		case "gap": {
			const { op: _, ...rest } = frame;
			const gap = asGap(rest);
			return reading.tell({ kind: "gap", gap, cursor: gap.next });
		}
		case "open":
		case "live":
			return reading.tell({ kind: "at", cursor: asNext(frame) });
		default:
			// An operation of a later protocol carries no message.
			return undefined;
	}
}
