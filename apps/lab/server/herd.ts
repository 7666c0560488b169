/** Everyone waking at once: long polls of this server to itself, from a thread of their own, woken by one message. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { channel, type Form, type Herd } from "../shared/lab.ts";
import { Nonsense } from "./ask.ts";
import { now } from "./clock.ts";
import type { Woken } from "./herd-words.ts";
import { Session } from "./session.ts";

/** Milliseconds for all of it. */
const patience = 25_000;
const step = 20;
/** Their coming is over, and does not count as their waking. */
const rest = 200;
/** What the readers are sent is no small thing, so that making it for each of them shows. */
const pad = "x".repeat(4096);

export interface Wanted {
	readonly form: Form;
	readonly readers: number;
}

/** Where its session can be found while it lasts. */
interface Register {
	add(id: string, session: Session): void;
	remove(id: string): void;
}

export class Herds {
	readonly #register: Register;
	#isOut = false;

	constructor(register: Register) {
		this.#register = register;
	}

	/** @throws Nonsense where another one is out, or this one does not come home. */
	async wake(here: string, { form, readers }: Wanted): Promise<Herd> {
		if (this.#isOut) throw new Nonsense("Another page is waking its readers; try again in some seconds.");
		this.#isOut = true;
		const id = `herd-${crypto.randomUUID()}`;
		const session = new Session(readers + 1);
		this.#register.add(id, session);
		const url = `${here}/s/${id}/long-poll/${form}/v1/channels/${channel}/messages`;
		const worker = new Worker(new URL("./herd-readers.js", import.meta.url), {
			workerData: { url, ordinary: `${here}/ordinary`, readers },
		});
		try {
			return await within(patience, run(worker, session, form, readers));
		} finally {
			await worker.terminate();
			this.#register.remove(id);
			await session.close();
			this.#isOut = false;
		}
	}
}

async function run(worker: Worker, session: Session, form: Form, readers: number): Promise<Herd> {
	const done = new Promise<Woken>((resolve, reject) => {
		worker.once("message", resolve).once("error", reject);
	});
	// What fails before all are there ends the waiting.
	while (session.open("long-poll") < readers) await Promise.race([sleep(step), done]);
	await sleep(rest);
	const pause = longestPause();
	const publishedAt = now();
	session.tellOnce(pad);
	const { woken, ordinary, timeouts } = await done;
	const times = woken.map((at) => at - publishedAt).sort((a, b) => a - b);
	return { form, times, ordinary, pause: pause(Math.max(...times)), timeouts };
}

/** Watches how long nothing else had its turn; returns what tells it of the first `ms`. */
function longestPause(): (ms: number) => number {
	const began = now();
	const pauses: { readonly at: number; readonly ms: number }[] = [];
	let last = began;
	const turn = () => {
		const at = now();
		pauses.push({ at: last - began, ms: at - last });
		last = at;
		// As long as the wave may last; to watch costs time itself.
		if (at - began < 1000) setImmediate(turn);
	};
	setImmediate(turn);
	return (ms) => Math.max(0, ...pauses.filter(({ at }) => at <= ms).map((pause) => pause.ms));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
	const timer = new AbortController();
	const late = once(AbortSignal.timeout(ms), "abort", timer).then(() => {
		throw new Nonsense("Not all readers came back in time; try with fewer of them.");
	});
	late.catch(() => undefined);
	try {
		return await Promise.race([work, late]);
	} finally {
		timer.abort();
	}
}

function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
