import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	type Transport,
	transportNames,
	type Visitor,
} from "./gallery.ts";
import * as script from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

interface Program {
	readonly child: ChildProcess;
	readonly out: () => string;
	readonly err: () => string;
	kill(): Promise<void>;
}

function program(name: string, ...args: string[]): Program {
	const child = spawn(process.execPath, [
		fileURLToPath(new URL(`../../examples/backend/dist/${name}.js`, import.meta.url)),
		...args,
	]);
	let out = "";
	let err = "";
	child.stdout.on("data", (data) => {
		out += data;
	});
	child.stderr.on("data", (data) => {
		err += data;
	});
	const exited = once(child, "exit");
	const kill = async () => {
		child.kill("SIGKILL");
		await exited;
	};
	onTestFinished(kill);
	return { child, out: () => out, err: () => err, kill };
}

/** A worker on the gallery's channel, ready for jobs. */
async function worker(name: string, pace: number, ...more: string[]): Promise<Program> {
	const started = program("worker", `${gallery.url}/backend`, "--name", name, "--pace", `${pace}`, ...more);
	await eventually(async () => started.out().includes("open"), true);
	return started;
}

const api = () => `${gallery.url}/backend/v1/channels/backend.jobs/messages`;

interface Said {
	readonly id: string;
	readonly event: string;
	readonly data: { readonly job: string; readonly worker: string; readonly text: string };
}

async function all(): Promise<Said[]> {
	const answer = await fetch(`${api()}?after=first&limit=1000`);
	return ((await answer.json()) as { messages: Said[] }).messages;
}

const post = (body: unknown) => script.post(`${gallery.url}/backend/ask`, body);

async function askFor(text: string): Promise<string> {
	const answer = await post({ text });
	expect(answer.status).toBe(201);
	return answer.body.id;
}

const eventsOf = (said: readonly Said[], job: string | undefined) =>
	said.filter(({ data }) => data.job === job).map(({ event }) => event);

/** Who did each job, once for each time that it was done. */
async function doneBy(jobs: readonly string[]): Promise<string[][]> {
	const done = (await all()).filter(({ event }) => event === "done");
	return jobs.map((job) => done.filter(({ data }) => data.job === job).map(({ data }) => data.worker));
}

/** Waits until each has been done, and a while for one that is done again; tells who did them. */
async function onceEach(jobs: readonly string[]): Promise<string[]> {
	await eventually(async () => (await doneBy(jobs)).every((workers) => workers.length > 0), true);
	await new Promise((resolve) => setTimeout(resolve, 300));
	const workers = await doneBy(jobs);
	expect(workers.map(({ length }) => length)).toEqual(jobs.map(() => 1));
	return workers.flat();
}

const jobRow = ({ page }: Visitor, text: string) =>
	page.locator("#jobs li").filter({ has: page.getByText(text, { exact: true }) });
const stateOf = (visitor: Visitor, text: string) => jobRow(visitor, text).locator(".state").textContent();

async function askOn({ page }: Visitor, text: string): Promise<void> {
	await page.getByLabel("Text whose words").fill(text);
	await page.getByLabel("Text whose words").press("Enter");
}

test("nothing stands in the way of anybody, while it is empty, busy and cut off", async () => {
	const visitor = await gallery.visit("backend/");
	onTestFinished(visitor.close);
	await visitor.live();
	await visitor.page.getByText("Nobody has asked").waitFor();
	await visitor.page.getByText("house").waitFor();
	await lookAt(visitor, "backend-empty");
	await worker("left", 300);
	await worker("right", 300);
	await visitor.page.getByText("right", { exact: true }).waitFor();
	const texts = ["to be or not to be", "a rose is a rose", "all the world’s a stage", "hello", "the rest is silence"];
	for (const text of texts) await askOn(visitor, text);
	await eventually(async () => (await stateOf(visitor, "to be or not to be"))?.includes("6 words"), true);
	await lookAt(visitor, "backend");
	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await askOn(visitor, "is anybody there");
	await visitor.page.getByText("cannot be reached").waitFor();
	await lookAt(visitor, "backend-lost");
	await gallery.server.restart();
	await visitor.live();
	await eventually(async () => (await stateOf(visitor, "the rest is silence"))?.includes("4 words"), true);
});

test("over each transport: every page sees who has each job and how far it is, across a restart", () =>
	overEach(async (transport, together) => {
		const ann = await gallery.visit("backend/", { transport });
		onTestFinished(ann.close);
		const bob = await gallery.visit("backend/", { transport });
		onTestFinished(bob.close);
		await ann.live();
		await bob.live();
		const textOf = (name: Transport) => `<b>two</b> words ${name}`;
		await together();
		await askOn(ann, textOf(transport));
		// Not by what a page shows: who polls every two seconds may see only the end. The house does one after another.
		const jobOf = (said: readonly Said[], name: Transport) => said.find(({ data }) => data.text === textOf(name))?.id;
		await eventually(async () => jobOf(await all(), transport) !== undefined, true);
		await together(async () => {
			const isAtWork = (said: readonly Said[]) => {
				const told = transportNames.map((name) => eventsOf(said, jobOf(said, name)));
				return told.some((events) => events.includes("claim") && !events.includes("done"));
			};
			await eventually(async () => isAtWork(await all()), true);
			await gallery.restart();
		});
		await Promise.all([ann.live(), bob.live()]);
		for (const visitor of [ann, bob]) {
			for (const text of transportNames.map(textOf)) {
				await eventually(() => stateOf(visitor, text), "house: 3 words");
				expect(await jobRow(visitor, text).locator("progress").getAttribute("value")).toBe("100");
			}
			expect(visitor.errors).toEqual([]);
		}
		await ann.page
			.getByRole("status")
			.filter({ hasText: `${textOf(transport)}: 3 words` })
			.waitFor({ state: "attached" });
		expect(await bob.page.locator("#told").textContent()).toBe("");
	}));

test("twenty jobs and three workers: each is done once, though the server is killed in the middle", async () => {
	await worker("left", 20);
	await worker("right", 20);
	const jobs: string[] = [];
	for (let job = 0; job < 10; job++) jobs.push(await askFor(`job ${job}`));
	await gallery.restart();
	for (let job = 10; job < 20; job++) jobs.push(await askFor(`job ${job}`));
	const workers = await onceEach(jobs);
	expect(workers).toContain("left");
	expect(workers).toContain("right");

	// Only who has the first claim has done anything for it.
	const said = await all();
	for (const job of jobs) {
		const about = said.filter(({ data }) => data.job === job);
		const [owner] = about.filter(({ event }) => event === "claim");
		for (const { event, data } of about) if (event !== "claim") expect(data.worker).toBe(owner?.data.worker);
	}
});

test("a worker that is killed and started again under its name goes on with its job, and takes no old one again", async () => {
	const first = await worker("phoenix", 400);
	const jobs = [await askFor("one"), await askFor("two"), await askFor("three")];
	const claimed = async () =>
		(await all()).find(({ event, data }) => event === "progress" && data.worker === "phoenix")?.data.job;
	await eventually(async () => (await claimed()) !== undefined, true);
	await first.kill();
	const job = await claimed();
	const before = (await all()).filter(({ event }) => event === "done").length;
	await worker("phoenix", 20);
	await onceEach(jobs);
	const done = (await all()).filter(({ event }) => event === "done");
	expect(done.find(({ data }) => data.job === job)?.data.worker).toBe("phoenix");
	expect(done.length - before).toBeLessThanOrEqual(jobs.length);
});

test("the asker is told how far it is and what came of it; --trace shows what passes the wire", async () => {
	const traced = await worker("loud", 20, "--trace");
	const asker = program("asker", "how many words", "--url", `${gallery.url}/backend`, "--trace");
	const [code] = await once(asker.child, "exit");
	expect(code, asker.err()).toBe(0);
	expect(asker.out()).toMatch(/^(house|loud): 20 %\n[\s\S]*100 %\n(house|loud): 3 words\n$/);
	expect(asker.err()).toMatch(/^> WebSocket ws:\/\/.*holdfast\.v1$/m);
	expect(asker.err()).toMatch(/^> \{"op":"subscribe","channel":"backend\.jobs"/m);
	expect(asker.err()).toMatch(/^< \{.*"event":"progress"/m);
	expect(traced.err()).toMatch(/^> \{"op":"publish".*"event":"claim"/m);
});

test("a page may not be a worker, nonsense is refused, and the programs go on", async () => {
	const publish = (headers: Record<string, string>, path = api()) =>
		fetch(`${path}?event=ask`, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: "null" });
	expect((await publish({ Origin: gallery.url })).status).toBe(403);
	expect((await publish({ "X-Forwarded-For": "192.0.2.1" })).status).toBe(403);
	expect((await publish({}, api().replace("backend.jobs", "letters"))).status).toBe(403);
	expect((await fetch(api().replace("backend.jobs", "letters"))).status).toBe(403);
	await refusesNonsense(gallery.url, { path: "backend/ask" });
	for (const body of [{}, { text: " " }, { text: "x".repeat(201) }, { text: {} }, null]) {
		expect((await post(body)).status, JSON.stringify(body)).toBe(400);
	}
	// A program that speaks nonsense harms none of the others.
	for (const data of ["null", "7", '"x"', "[1]", '{"text":{}}']) {
		for (const event of ["ask", "claim", "done", "here"]) {
			const headers = { "Content-Type": "application/json" };
			expect((await fetch(`${api()}?event=${event}`, { method: "POST", headers, body: data })).status).toBe(201);
		}
	}
	await worker("calm", 1);
	const visitor = await gallery.visit("backend/");
	onTestFinished(visitor.close);
	await visitor.live();
	await askOn(visitor, "still there");
	await eventually(async () => (await stateOf(visitor, "still there"))?.endsWith("2 words"), true);
	expect(visitor.errors).toEqual([]);
});

test("no more jobs wait than a hundred", async () => {
	const answers: number[] = [];
	for (let job = 0; job < 110; job++) answers.push((await post({ text: `job ${job}` })).status);
	expect(answers[0]).toBe(201);
	expect(answers.at(-1)).toBe(503);
	await worker("quick", 1);
	await eventually(async () => (await post({ text: "after all" })).status, 201);
});
