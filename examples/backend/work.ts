/** What a worker does: it takes jobs from the channel, one after another, and says there how far it is. */
import { setTimeout as pause } from "node:timers/promises";

/** What stands in the channel; the event says what it is: `ask`, `here`, `claim`, `progress` or `done`. */
export interface Said {
	readonly text?: string;
	readonly job?: string;
	readonly worker?: string;
	readonly run?: string;
	readonly percent?: number;
	readonly result?: string;
}

/** The channel, as the client and the server in its own process both have it. */
export interface Jobs {
	publish(data: Said, options: { readonly event: string; readonly idempotencyKey?: string }): Promise<unknown>;
	subscribe(onMessage: (message: Heard) => void, where: { readonly after: "first" }): () => void;
}

interface Heard {
	readonly id: string;
	readonly event?: string;
	readonly data: unknown;
}

export interface Worker {
	/** Jobs that nobody has taken. */
	readonly waiting: number;
	stop(): void;
}

/**
 * A job belongs to the first claim of it in the channel. Everyone reads the same messages in the same order, so several may
 * claim at once and all agree whose it is; nobody has to be asked.
 */
export function work(jobs: Jobs, me: string, pace: number, tell: (line: string) => void = () => {}): Worker {
	const waiting = new Map<string, string>();
	/** Claimed by us, in an earlier life too, and not done. */
	const ours = new Map<string, string>();
	const run = crypto.randomUUID();
	/** Whether everything that was said before we came has been read: till then a job may be long done. */
	let caughtUp = false;
	let busy = false;
	let stopped = false;
	let claiming: string | undefined;

	const unsubscribe = jobs.subscribe(
		({ id, event, data }) => {
			const said: Said = { ...(data as Said) };
			const { job = "" } = said;
			if (event === "ask") waiting.set(id, String(said.text));
			if (event === "here" && said.run === run) caughtUp = true;
			if (event === "claim") {
				const text = waiting.get(job);
				if (said.worker === me && text !== undefined) ours.set(job, text);
				waiting.delete(job);
				if (job === claiming) claiming = undefined;
			}
			if (event === "done") ours.delete(job);
			next();
		},
		{ after: "first" },
	);
	void surely(() => jobs.publish({ worker: me, run }, { event: "here" }));

	function next(): void {
		if (!caughtUp || busy || claiming !== undefined) return;
		const [mine] = ours;
		const [open] = waiting.keys();
		if (mine !== undefined) {
			busy = true;
			void surely(() => carryOut(...mine)).then(() => {
				busy = false;
				next();
			});
		} else if (open !== undefined) {
			claiming = open;
			void surely(() => jobs.publish({ job: open, worker: me }, { event: "claim" }));
		}
	}

	async function carryOut(job: string, text: string): Promise<void> {
		tell(`${job}: ${text}`);
		for (let percent = 20; percent <= 100; percent += 20) {
			await pause(pace);
			await jobs.publish({ job, worker: me, percent }, { event: "progress" });
		}
		const count = text.match(/\S+/g)?.length ?? 0;
		const result = count === 1 ? "1 word" : `${count} words`;
		await jobs.publish({ job, worker: me, result }, { event: "done", idempotencyKey: `done:${job}` });
		ours.delete(job);
		tell(`${job}: ${result}`);
	}

	async function surely(run: () => Promise<unknown>): Promise<void> {
		let failed = true;
		while (failed && !stopped) {
			try {
				await run();
				failed = false;
			} catch (error) {
				tell(String(error));
				await pause(1000);
			}
		}
	}

	return {
		get waiting() {
			return waiting.size;
		},
		stop() {
			stopped = true;
			unsubscribe();
		},
	};
}
