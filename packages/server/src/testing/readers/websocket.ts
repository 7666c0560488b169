/** WebSocket, plain form. */
import type { Gap, Opening } from "@holdfast/protocol";
import { WebSocket } from "ws";
import { TestReader, type WireMessage } from "./reader.ts";
import { headersOf, pathOf, type Way } from "./way.ts";

type Frame =
	| ({ readonly op: "open" } & Opening)
	| { readonly op: "live"; readonly next: string }
	| { readonly op: "fresh"; readonly next: string }
	| { readonly op: "stale" }
	| ({ readonly op: "gap" } & Gap)
	| (WireMessage & { readonly op?: undefined; readonly next?: string });

export const plainSocket: Way = {
	name: "WebSocket plain",
	headers: true,
	sets: true,
	stays: true,
	async open({ host, port }, where) {
		const socket = new WebSocket(`ws://${host}:${port}${pathOf(where)}`, { headers: headersOf(where) });
		const reader = new TestReader(where, () => socket.terminate());
		let opened = false;
		socket.on("error", (error) => {
			if (!reader.closed) reader.fail(error);
		});
		socket.on("close", (code) => reader.end(code === 1006 ? "lost" : String(code)));
		socket.on("message", (data) => {
			const frame = JSON.parse(String(data)) as Frame;
			if (opened === (frame.op === "open")) reader.fail(new Error(`open came ${opened ? "twice" : "late"}: ${data}`));
			opened = true;
			take(reader, frame, where.channels.length > 1);
		});
		reader.pause = () => socket.pause();
		reader.resume = () => socket.resume();
		await reader.until(() => opened, "open");
		return reader;
	},
};

function take(reader: TestReader, frame: Frame, several: boolean): void {
	if (frame.op === "open") reader.opened(frame.next, frame.places);
	else if (frame.op === "live") reader.live(frame.next);
	else if (frame.op === "stale") reader.stale();
	else if (frame.op === "fresh") reader.fresh(frame.next);
	else if (frame.op === "gap") {
		const { op: _, ...gap } = frame;
		reader.gap(gap);
	} else {
		const { next, ...message } = frame;
		if ((next !== undefined) !== several) reader.fail(new Error(`next in the wrong form: ${JSON.stringify(frame)}`));
		reader.message(message, next ?? message.id);
	}
}
