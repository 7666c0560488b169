/** One post that is to be filled: its process is started, and another one when it has died. */
import { CommandError } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { openLogger } from "../sight/logger.ts";
import type { Child, Ended, StartChild } from "./child.ts";
import type { Task } from "./task.ts";

export interface Post {
	/** Resolves when its first process does its task. Rejects when it cannot, or when its processes die as they begin. */
	readonly ready: Promise<void>;
	/** Ends with the post. Rejects as `ready` does. */
	readonly ended: Promise<void>;
	/** Sends its process away; after `within` milliseconds it is killed. */
	stop(within: number): Promise<void>;
}

/** A process that lived for so long, in milliseconds, did not die as it began. */
const settled = 1000;
/** So many may die as they begin, one after another. The pauses between them add up to some 6 s. */
const most = 8;
const pauseAfter = (deaths: number) => (deaths === 1 ? 0 : Math.min(2000, 25 * 2 ** deaths));

/** @param name - what its process is called where people read of it. */
export function fillPost(name: string, task: Task, start: StartChild, io: Io): Post {
	const tell = openLogger(task.settings, io);
	const stopping = new AbortController();
	let child: Child | undefined;
	let isReady = () => {};
	const ready = new Promise<void>((resolve) => {
		isReady = resolve;
	});

	/** Whether it died as it began. */
	const live = async (first: boolean): Promise<boolean> => {
		const one = start(task);
		child = one;
		let began = Number.POSITIVE_INFINITY;
		void one.ready.then(() => {
			began = io.now();
			isReady();
		});
		const end = await one.ended;
		if (stopping.signal.aborted) return false;
		if (first && began === Number.POSITIVE_INFINITY) throw cannotBegin(name, end);
		const why = end.failed === undefined ? "" : ` (${end.failed.message})`;
		tell({
			event: "process_ended",
			text: `${name} (process ${one.pid}) ended ${end.how}${why}; starting another`,
			fields: { name, ended: one.pid, how: end.how, ...(end.failed && { error: end.failed.message }) },
		});
		return io.now() - began < settled;
	};
	const keep = async () => {
		for (let deaths = 0, first = true; !stopping.signal.aborted; first = false) {
			deaths = (await live(first)) ? deaths + 1 : 0;
			if (deaths === most) throw new CommandError("failed", `${name} has died ${most} times as it began; giving up`);
			if (deaths > 0) await io.sleep(pauseAfter(deaths), stopping.signal);
		}
	};
	const ended = keep();
	return {
		ready: Promise.race([ready, ended]),
		ended,
		async stop(within) {
			stopping.abort();
			child?.stop();
			const over = new AbortController();
			const gone = ended.catch(() => undefined).finally(() => over.abort());
			await Promise.race([gone, io.sleep(within, over.signal).then(() => child?.kill())]);
			await gone;
		},
	};
}

function cannotBegin(name: string, { how, failed }: Ended): CommandError {
	return new CommandError(failed?.exit ?? "failed", failed?.message ?? `${name} ended ${how} before it was ready`);
}
