/** One worker, as the owner of the store sees it: what it asks is done, and growth of what it watches is told. */
import type { Socket } from "node:net";
import { type Cursor, HoldfastError } from "@holdfast/protocol";
import { systemClock } from "../../clock.ts";
import { diagnostics } from "../../diagnostics.ts";
import type { DiskLog } from "../disk/disk-log.ts";
import type { Unwatch } from "../log.ts";
import type { Answered, Asked, CallName, Calls, Grown, Said } from "./calls.ts";
import { openFrames } from "./frames.ts";

type Does = { readonly [Name in CallName]: (asks: Calls[Name]["asks"]) => Promise<Calls[Name]["answers"]> };

export function serveWorker(socket: Socket, log: DiskLog): void {
	const watches = new Map<string, Unwatch>();
	const send = openFrames(socket, systemClock, (frame) => take(frame as Asked | Said));
	const grown = hints(socket, send);
	const unwatch = (channel: string) => {
		watches.get(channel)?.();
		watches.delete(channel);
	};
	let enter = () => {};
	const entered = new Promise<void>((resolve) => {
		enter = resolve;
		// A worker that is killed on its way in must not keep everyone from writing.
		socket.once("close", () => resolve());
	});
	const does: Does = {
		enter: () =>
			new Promise((resolve, reject) => {
				const paused = () => {
					resolve(undefined);
					return entered;
				};
				Promise.resolve()
					.then(() => log.pause(paused))
					.catch(reject);
			}),
		append: ({ drafts, until }) => log.append(drafts, () => socket.destroyed || systemClock.now() > until),
		async remove(channel) {
			await log.remove(channel);
			return undefined;
		},
		async mend(channel) {
			await log.describe(channel);
			return undefined;
		},
		async watch(channels) {
			for (const channel of channels) {
				if (!watches.has(channel))
					watches.set(
						channel,
						log.watch(channel, ({ next }) => grown(channel, next)),
					);
			}
			return undefined;
		},
		ping: async () => undefined,
	};
	const take = (frame: Asked | Said) => {
		if ("entered" in frame) enter();
		else if ("unwatch" in frame) unwatch(frame.unwatch);
		else void answerTo(does, frame).then(send);
	};
	socket.on("error", () => undefined);
	socket.once("close", () => {
		for (const channel of watches.keys()) unwatch(channel);
	});
}

async function answerTo(does: Does, { n, call, asks }: Asked): Promise<Answered> {
	try {
		const answers = await (does[call] as (asks: unknown) => Promise<unknown>)(asks);
		return { n, answers };
	} catch (error) {
		if (error instanceof HoldfastError)
			return { n, error: { code: error.code, detail: error.message, retryAfter: error.retryAfter } };
		diagnostics.fault.tell({ during: call, error });
		return { n, error: { code: "internal", detail: "The owner of the store failed." } };
	}
}

/**
 * Collects what has grown and tells it at the end of the turn, behind the answers of the turn: who appended tells its readers by
 * itself. A worker that is slow to read is told the newest heads when it has room; what waits for it is a head a channel.
 */
function hints(socket: Socket, send: (grown: Grown) => void): (channel: string, head: Cursor) => void {
	const heads = new Map<string, Cursor>();
	const tell = () => {
		if (heads.size === 0 || socket.writableNeedDrain || socket.destroyed) return;
		send({ grown: [...heads] });
		heads.clear();
	};
	socket.on("drain", tell);
	return (channel, head) => {
		if (heads.size === 0) systemClock.soon(tell);
		heads.set(channel, head);
	};
}
