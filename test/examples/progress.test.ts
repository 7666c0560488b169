import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually, type Gallery, lookAt, overEach, refusesNonsense, startGallery, type Visitor } from "./gallery.ts";
import { post } from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

interface Job {
	readonly below: number;
	readonly done: number;
	readonly primes: number;
	readonly state: string;
}

const base = () => `${gallery.url}/progress`;
const startJob = (below: number) => post(`${base()}/jobs`, { below });
const cancelJob = (id: string) => post(`${base()}/cancel`, { id });
const percentOf = async ({ page }: Visitor) => Number.parseInt((await page.locator("#percent").textContent()) ?? "", 10);
const wordsOf = ({ page }: Visitor) => page.locator("#words").textContent();

async function stepsOf(id: string): Promise<{ readonly data: Job; readonly time: number }[]> {
	const response = await fetch(`${base()}/v1/channels/progress.job.${id}/messages?after=first&limit=1000`);
	expect(response.status).toBe(200);
	return (await response.json()).messages;
}

async function start({ page }: Visitor, below: string): Promise<string> {
	await page.getByLabel("Count the primes below").selectOption(below);
	await page.getByRole("button", { name: "Start" }).click();
	await page.waitForURL(/#[\w-]{22}$/);
	return new URL(page.url()).hash.slice(1);
}

/** Every percent that the page has shown, from now until it is left. */
async function percentsOf({ page }: Visitor): Promise<() => Promise<number[]>> {
	await page.evaluate(() => {
		const seen: number[] = [];
		const percent = document.getElementById("percent") as HTMLElement;
		new MutationObserver(() => seen.push(Number.parseInt(percent.textContent ?? "", 10))).observe(percent, { childList: true });
		Object.assign(globalThis, { seen });
	});
	return () => page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
}

const isRising = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] as number));

test("nothing stands in the way of anybody, before a job, in it, after it and cut off", async () => {
	const visitor = await gallery.visit("progress/");
	onTestFinished(visitor.close);
	await lookAt(visitor, "progress-empty");
	const id = await start(visitor, "10000000");
	await visitor.live();
	await expect.poll(() => percentOf(visitor), { timeout: 20_000 }).toBeGreaterThan(20);
	await lookAt(visitor, "progress");
	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await visitor.page.getByRole("button", { name: "Cancel" }).click();
	await visitor.page.getByText("cannot be reached").waitFor();
	await lookAt(visitor, "progress-lost");
	await gallery.server.restart();
	await visitor.live();
	await visitor.page.getByRole("button", { name: "Cancel" }).click();
	await eventually(() => wordsOf(visitor), "Cancelled");
	await lookAt(visitor, "progress-cancelled");
	const steps = await stepsOf(id);
	expect(steps.at(-1)?.data.state).toBe("cancelled");
	expect((await cancelJob(id)).status).toBe(409);
	// It stays so after a restart.
	await gallery.restart();
	await visitor.page.waitForTimeout(300);
	expect(await stepsOf(id)).toHaveLength(steps.length);

	await visitor.page.goto(`${base()}/#${"x".repeat(22)}`);
	await eventually(() => wordsOf(visitor), "Nothing is known of this job, or no longer.");
	await visitor.page.goto(`${base()}/#<img src=x>`);
	await eventually(() => visitor.page.locator("#job").isVisible(), false);
});

test("over each transport: a job goes on over a reload and a kill, never back, and two pages see the right result", () =>
	overEach(async (transport, together) => {
		const ann = await gallery.visit("progress/", { transport });
		onTestFinished(ann.close);
		await together();
		const id = await start(ann, "5000000");
		await expect.poll(() => percentOf(ann), { timeout: 20_000 }).toBeGreaterThan(5);
		await ann.page.reload();
		const percents = await percentsOf(ann);
		await expect.poll(() => percentOf(ann), { timeout: 20_000 }).toBeGreaterThan(10);
		await together(gallery.server.kill);
		const before = await percentOf(ann);
		expect(before).toBeLessThan(100);
		await together(gallery.server.restart);
		const bob = await gallery.visit(`progress/#${id}`, { transport });
		onTestFinished(bob.close);

		// Four jobs count at once, on a processor that others use too.
		for (const percent of [40, 70]) await expect.poll(() => percentOf(bob), { timeout: 20_000 }).toBeGreaterThan(percent);
		for (const { page } of [ann, bob]) await page.getByText("There are 348,513 primes below 5,000,000.").waitFor();
		for (const visitor of [ann, bob]) {
			expect(await wordsOf(visitor)).toBe("Done");
			expect(await percentOf(visitor)).toBe(100);
		}
		expect(isRising((await percents()).filter((percent, i) => i > 0 || percent > 0))).toBe(true);
		const steps = await stepsOf(id);
		expect(steps.map(({ data }) => data.done)).toEqual(Array.from({ length: 101 }, (_, i) => i * 50_000));
		// At most ten a second, so the first and the last of ten are most of a second apart.
		for (const [i, { time }] of steps.slice(9).entries()) expect(time - (steps[i]?.time ?? 0)).toBeGreaterThan(800);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("jobs at once are bounded, and a place is free again when one ends", async () => {
	const jobs = await Promise.all(Array.from({ length: 4 }, () => startJob(10_000_000)));
	onTestFinished(async () => {
		for (const { body } of jobs) await cancelJob(body.id);
	});
	expect(jobs.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
	const refused = await startJob(1000);
	expect(refused.status).toBe(503);
	// The pages go on to be answered meanwhile.
	expect((await fetch(`${base()}/`)).status).toBe(200);
	await gallery.restart();
	expect((await startJob(1000)).status).toBe(503);
	expect((await cancelJob(jobs[0]?.body.id)).status).toBe(200);
	const small = await startJob(1000);
	expect(small.status).toBe(202);
	await eventually(async () => (await stepsOf(small.body.id)).at(-1)?.data, {
		below: 1000,
		done: 1000,
		primes: 168,
		state: "done",
	});
});

test("nonsense and other people's jobs are refused, and jobs still run", async () => {
	for (const below of [undefined, 999, 10_000_001, 1e300, 1000.5, "many", -1])
		expect((await startJob(below as number)).status).toBe(400);
	for (const id of ["", "short", "../../../../../../etc", "x".repeat(23)]) expect((await cancelJob(id)).status).toBe(400);
	expect((await cancelJob("x".repeat(22))).status).toBe(409);
	for (const path of ["progress/jobs", "progress/cancel"]) await refusesNonsense(gallery.url, { path });
	const { status, body } = await startJob(1000);
	expect(status).toBe(202);
	const channel = (name: string) => `${base()}/v1/channels/${name}/messages`;
	expect((await post(channel(`progress.job.${body.id}`), { done: 0 })).status).toBe(403);
	expect((await post(channel("progress.open"), [])).status).toBe(403);
	expect((await fetch(`${channel("progress.open")}?after=first`)).status).toBe(403);
	// Nobody learns the ids of others.
	expect((await fetch(`${base()}/v1/channels`)).status).toBe(403);
	await eventually(async () => (await stepsOf(body.id)).at(-1)?.data.primes, 168);
});
