/** `holdfast serve --workers`: several processes that share a port and a log. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type TestReader, wireWays } from "@holdfast/server/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bin, holdfastDone } from "../command.ts";
import { ask } from "../support/http.ts";
import { quickest } from "../support/quickest.ts";
import { type RunningRedis, startRedis } from "../support/redis.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { isThere, socketsOf, teamOf } from "../support/team.ts";

const ends: (() => unknown)[] = [];

afterEach(async () => {
	const failed: unknown[] = [];
	for (const end of ends.splice(0).reverse()) {
		// A reader that was told something wrong says so as it is closed, and the server must be ended still.
		try {
			await end();
		} catch (error) {
			failed.push(error);
		}
	}
	if (failed.length > 0) throw failed[0];
});

function dataFolder(): string {
	const folder = temporaryFolder();
	ends.push(folder.remove);
	return folder.path;
}

async function start(...args: readonly string[]): Promise<RunningServer> {
	const server = await startServer({ args: ["--workers", "2", ...args] });
	ends.push(() => server.kill("SIGTERM"));
	return server;
}

const publish = (server: RunningServer, data: unknown, headers: Record<string, string> = {}) =>
	ask(`${server.url}/v1/channels/chat/messages`, {
		body: JSON.stringify(data),
		headers: { Connection: "close", "Content-Type": "application/json", ...headers },
	});

const open = (server: RunningServer) =>
	Promise.all(
		wireWays.flatMap((way) =>
			[1, 2].map(async () => {
				const reader = await way.open({ host: "127.0.0.1", port: server.port }, { channels: ["chat"] });
				ends.push(() => reader.close());
				return reader;
			}),
		),
	);

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Both workers have readers, and readers of both are told everything, in order. */
async function showShared(server: RunningServer): Promise<readonly TestReader[]> {
	const { workers } = teamOf(server.pid);
	const before = workers.map(socketsOf);
	const readers = await open(server);
	for (const [i, pid] of workers.entries()) expect(socketsOf(pid) - (before[i] ?? 0)).toBeGreaterThan(0);
	for (const n of range(1, 20)) expect((await publish(server, n)).status).toBe(201);
	for (const reader of readers) expect(await reader.take(20)).toEqual(range(1, 20));
	return readers;
}

/** Some 6 s of pauses go by until they are given up, for which the tests before that one do not wait. */
let dying: Promise<{ readonly code?: number; readonly stderr: string }>;
beforeAll(() => {
	const { path, remove } = temporaryFolder();
	const app = join(path, "app.mjs");
	writeFileSync(app, "export const app = () => { setTimeout(() => process.exit(7), 200); return {}; };");
	const serve = [bin, "serve", "--workers", "2", "--port", "0", "--data", path, "--app", app];
	dying = promisify(execFile)(process.execPath, serve)
		.catch((error) => error)
		.finally(remove);
});
afterAll(() => dying);

describe("on a data folder", () => {
	test("what is published at one worker is told to the readers of all, over each way", async () => {
		const server = await start("--data", dataFolder());
		expect(server.lines).toContain("runs as 2 workers, each with limits of its own");
		await showShared(server);
	});

	test("the same key at both workers stores once, also when the owner has been replaced", async () => {
		const server = await start("--data", dataFolder());
		const once = () => publish(server, "once", { "Idempotency-Key": "k" });
		const answers = await Promise.all(range(1, 6).map(once));
		expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
		const { owner = 0 } = teamOf(server.pid);
		process.kill(owner, "SIGKILL");
		await expect
			.poll(() => teamOf(server.pid).owner !== owner && once().then(({ status }) => status), { timeout: 10_000 })
			.toBe(200);
		expect((await once()).json.id).toBe(answers[0]?.json.id);
	});

	test("while the owner stands still publishes are refused within 2 s and not stored later, and readers stay", async () => {
		const server = await start("--data", dataFolder());
		const readers = await showShared(server);
		const { owner = 0 } = teamOf(server.pid);
		process.kill(owner, "SIGSTOP");
		for (const n of [1, 2]) {
			const ms = await quickest(2000, async () => {
				const { status, headers, json } = await publish(server, `lost ${n}`);
				expect([status, json.code]).toEqual([503, "store_unavailable"]);
				expect(Number(headers["retry-after"])).toBeGreaterThan(0);
			});
			expect(ms).toBeLessThan(2000);
		}
		process.kill(owner, "SIGCONT");
		await expect.poll(() => publish(server, "after").then(({ status }) => status), { timeout: 10_000 }).toBe(201);
		for (const reader of readers) expect((await reader.take(21))[20]).toBe("after");
		// The polls come first, and a short one may have missed that it was so.
		for (const { freshness } of readers.slice(4)) await expect.poll(() => freshness).toEqual([false, true]);
	});

	test("a worker that is killed is replaced, and so is the owner; who is not at it notices nothing", async () => {
		const server = await start("--data", dataFolder());
		const { owner = 0, workers } = teamOf(server.pid);
		const readers = await showShared(server);
		process.kill(owner, "SIGKILL");
		const again = () => publish(server, 21, { "Idempotency-Key": "21" }).then(({ status }) => status);
		await expect.poll(again, { timeout: 10_000 }).toBeLessThan(300);
		for (const reader of readers) expect((await reader.take(21))[20]).toBe(21);
		const [killed = 0, other] = workers;
		process.kill(killed, "SIGKILL");
		await expect.poll(() => teamOf(server.pid).workers.filter((pid) => pid !== killed).length, { timeout: 10_000 }).toBe(2);
		expect(teamOf(server.pid).workers).toContain(other);
		await expect.poll(() => readers.filter(({ ended }) => ended !== undefined).length).toBeGreaterThan(0);
		expect((await publish(server, 22)).status).toBe(201);
		const staying = readers.filter(({ ended }) => ended === undefined);
		expect(staying.length).toBeGreaterThan(0);
		for (const reader of staying) expect((await reader.take(22))[21]).toBe(22);
		const died = server.errors.filter((line) => line.includes("starting another"));
		expect(died).toEqual([
			expect.stringMatching(/^holdfast: the owner of the data folder \(process \d+\) ended killed by SIGKILL; starting another$/),
			expect.stringMatching(/^holdfast: worker \d \(process \d+\) ended killed by SIGKILL; starting another$/),
		]);
	});

	test("a connection that was just being handed to a worker that is killed is closed, and the others are answered", async () => {
		const server = await start("--data", dataFolder());
		const { workers } = teamOf(server.pid);
		const before = socketsOf(server.pid);
		for (const pid of workers) process.kill(pid, "SIGSTOP");
		// One is handed to each of the workers, and the others wait for who has taken that one.
		const asked = Array.from({ length: 4 }, () => ask(`${server.url}/v1/channels/chat`, { headers: { Connection: "close" } }));
		const ends = Promise.allSettled(asked);
		await expect.poll(() => socketsOf(server.pid)).toBe(before + 4);
		process.kill(workers[0] ?? Number.NaN, "SIGKILL");
		process.kill(workers[1] ?? Number.NaN, "SIGCONT");
		const statuses = (await ends).map((end) => (end.status === "fulfilled" ? end.value.status : end.reason.code));
		expect(statuses.sort()).toEqual([200, 200, 200, "ECONNRESET"]);
		await expect.poll(() => socketsOf(server.pid)).toBe(before);
	});

	test("SIGTERM sends all readers away and ends with 0, and nothing is left", async () => {
		const server = await start("--data", dataFolder(), "--drain-time", "2s");
		const readers = await open(server);
		const { owner = 0, workers } = teamOf(server.pid);
		expect(await server.kill("SIGTERM")).toBe(0);
		for (const reader of readers) expect(await reader.whyEnded()).toMatch(/^(503|draining|4001|lost)$/);
		expect(readers.map(({ ended }) => ended)).toEqual(expect.arrayContaining(["draining", "4001"]));
		expect([owner, ...workers].filter(isThere)).toEqual([]);
		expect(server.lines.slice(-2)).toEqual(["stopping: sending readers away", "stopped"]);
		expect(server.errors).toEqual([]);
	});

	test("a SIGTERM that reaches the owner too, as from a service manager, does not end it before the workers", async () => {
		const server = await start("--data", dataFolder(), "--drain-time", "2s");
		const { owner = 0, workers } = teamOf(server.pid);
		for (const pid of [owner, ...workers]) process.kill(pid, "SIGTERM");
		expect(await server.kill("SIGTERM")).toBe(0);
		expect(server.errors.filter((line) => !/ended with exit code 0; starting another/.test(line))).toEqual([]);
	});

	test("when the first process is killed the others end", async () => {
		const server = await start("--data", dataFolder());
		const { owner = 0, workers } = teamOf(server.pid);
		await server.kill("SIGKILL");
		await expect.poll(() => [owner, ...workers].filter(isThere), { timeout: 10_000 }).toEqual([]);
	});
});

describe("what cannot work ends with one clear line", () => {
	const serve = (...args: readonly string[]) => holdfastDone(["serve", "--workers", "2", "--port", "0", ...args]);

	function app(text: string): string {
		const path = join(dataFolder(), "app.mjs");
		writeFileSync(path, text);
		return path;
	}

	test("a log in memory, which workers cannot share", async () => {
		const { code, err } = await serve("--memory");
		expect([code, err]).toEqual([
			2,
			"holdfast: 2 workers need a log that they can share, and not one in memory: a folder or a Redis\n",
		]);
	});

	test("a port that is in use", async () => {
		const server = await startServer();
		ends.push(() => server.kill());
		const { code, err } = await serve("--port", String(server.port), "--data", dataFolder());
		expect([code, err]).toEqual([4, `holdfast: cannot listen on 127.0.0.1 port ${server.port}: the port is in use\n`]);
	});

	test("a folder that another server owns", async () => {
		const folder = dataFolder();
		const server = await startServer({ args: ["--data", folder] });
		ends.push(() => server.kill());
		const { code, err } = await serve("--data", folder);
		expect(code).toBe(4);
		expect(err).toMatch(/^holdfast: cannot open the data folder .* is in use by process \d+ .*\n$/);
	});

	test("an app that does not start", async () => {
		const { code, err } = await serve(
			"--data",
			dataFolder(),
			"--app",
			app("export const app = () => { throw new Error('no') };"),
		);
		expect(code).toBe(4);
		expect(err).toMatch(/^holdfast: cannot start the app .*: no\n$/);
	});

	test("workers that die as they begin, over and over", async () => {
		const { code, stderr } = await dying;
		expect(code).toBe(1);
		expect(stderr).toMatch(/worker \d \(process \d+\) ended with exit code 7; starting another\n/);
		expect(stderr).toMatch(/\nholdfast: worker \d has died 8 times as it began; giving up\n$/);
	});
});

describe("on Redis", () => {
	test("each worker is a node: what is published at one is told to the readers of all", async () => {
		const redis: RunningRedis = await startRedis();
		ends.push(() => redis.close());
		const server = await start("--redis", redis.url);
		expect(teamOf(server.pid).owner).toBeUndefined();
		await showShared(server);
	});
});
