/** Progress: a long job whose every step is a message, so what its readers see is also where it goes on after a restart. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { alone, body, type Example, kept, problem, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

/** Counting the primes below `below`. */
interface Job {
	readonly below: number;
	/** All numbers below this have been looked at, and so many of them were primes. */
	readonly done: number;
	readonly primes: number;
	readonly state: "running" | "done" | "cancelled";
}

/** A step takes some 20 ms of the processor at most, and the pause leaves the rest of the time to others. */
const stepSize = 50_000;
const pause = 100;
const maxJobs = 4;

const below = { type: "integer", minimum: 1000, maximum: 10_000_000 };
const id = { type: "string", pattern: "^[\\w-]{22}$" };

export const progress: Example = async (app, { log, drainTime }) => {
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		// Nobody can guess an id, so whoever has it was given it.
		authorize: (_, channel, action) => action === "read" && channel !== null && /^progress\.job\.[\w-]{22}$/.test(channel),
	});
	await site(app, import.meta.url, holdfast);
	const open = await kept<readonly string[]>(log, holdfast, "progress.open", []);
	const running = new Map<string, { wanted: "running" | "cancelled"; readonly ended: Promise<void> }>();
	let closing = false;

	const run = async (id: string, from: Job) => {
		let job = from;
		while (job.state === "running" && !closing) {
			await sleep(pause);
			const next = running.get(id)?.wanted === "cancelled" ? { ...job, state: "cancelled" as const } : step(job);
			// Counts when it is stored, so progress never goes back. Where the log is full or away, the same step is taken again.
			const stored = await holdfast.publish(channelOf(id), next).catch(() => undefined);
			if (stored !== undefined) job = next;
		}
		if (job.state !== "running") await open.change((ids) => ids.filter((other) => other !== id));
		running.delete(id);
	};
	const begin = (id: string, job: Job) => {
		const ended = run(id, job);
		// One that could not be taken off the list is found ended at the next start.
		ended.catch(() => undefined);
		running.set(id, { wanted: "running", ended });
	};
	for (const id of open.value) {
		const { messages } = await log.read(channelOf(id), { last: 1 }, { messages: 1, bytes: 1 });
		// Without a message the start itself was cut short, and nobody was told the id.
		const [newest] = messages;
		if (newest === undefined) await open.change((ids) => ids.filter((other) => other !== id));
		else begin(id, JSON.parse(newest.data) as Job);
	}
	app.addHook("onClose", async () => {
		closing = true;
		await Promise.allSettled([...running.values()].map(({ ended }) => ended));
	});

	app.post<{ Body: { below: number } }>("/jobs", body({ below }), async (request, reply) => {
		const id = randomBytes(16).toString("base64url");
		await open.change((ids) => {
			if (ids.length >= maxJobs) throw problem(503, `${maxJobs} jobs are running. Wait until one ends, or cancel yours.`);
			return [...ids, id];
		});
		const job: Job = { below: request.body.below, done: 0, primes: 0, state: "running" };
		await holdfast.publish(channelOf(id), job);
		begin(id, job);
		return reply.code(202).send({ id });
	});

	app.post<{ Body: { id: string } }>("/cancel", body({ id }), async (request) => {
		const job = running.get(request.body.id);
		if (job === undefined) throw problem(409, "This job is not running.");
		job.wanted = "cancelled";
		await job.ended;
		return {};
	});
};

const channelOf = (id: string) => `progress.job.${id}`;

function step({ below, done, primes, state }: Job): Job {
	const until = Math.min(done + stepSize, below);
	let found = primes;
	for (let number = done; number < until; number++) if (isPrime(number)) found += 1;
	return { below, done: until, primes: found, state: until === below ? "done" : state };
}

function isPrime(number: number): boolean {
	if (number < 4) return number > 1;
	if (number % 2 === 0) return false;
	for (let divisor = 3; divisor * divisor <= number; divisor += 2) if (number % divisor === 0) return false;
	return true;
}

export const app = alone("/progress", progress);
