/** Workers, and the owner of the data folder, are killed at work: what was acknowledged is there, and readers go on by cursor. */
import { setTimeout } from "node:timers/promises";
import { wireWays } from "@holdfast/server/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectKept, readAll } from "../crash/kept.ts";
import { type Acknowledged, HttpPublisher, type Publisher, SocketPublisher } from "../crash/publishers.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { isThere, teamOf } from "../support/team.ts";
import { LastingReader } from "./lasting-reader.ts";

const channel = "crash";
const rounds = 5;

let server: RunningServer;
const folder = temporaryFolder();
beforeAll(async () => {
	const kept = ["--retention-messages", "1000000", "--retention-bytes", "1GiB"];
	server = await startServer({ args: ["--workers", "2", "--data", folder.path, ...kept] });
});
afterAll(async () => {
	await server.kill("SIGTERM");
	folder.remove();
});

const complete = () => {
	const { owner, workers } = teamOf(server.pid);
	return owner !== undefined && workers.length === 2;
};

const acknowledged: Acknowledged = new Map();

/** Kills one or more of the team, and waits until others have taken their place. */
async function kill(...pids: readonly (number | undefined)[]): Promise<void> {
	for (const pid of pids) process.kill(pid ?? Number.NaN, "SIGKILL");
	await expect.poll(() => pids.some((pid) => isThere(pid ?? 0)), { timeout: 10_000 }).toBe(false);
	await expect.poll(complete, { timeout: 20_000 }).toBe(true);
	// At work again, and older than one that dies as it begins.
	const before = acknowledged.size;
	await setTimeout(1100);
	await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(before);
}

/** Everything at once. */
async function killAll(): Promise<void> {
	const { owner, workers } = teamOf(server.pid);
	await server.kill("SIGKILL");
	await expect.poll(() => [owner ?? 0, ...workers].some(isThere), { timeout: 10_000 }).toBe(false);
	await server.restart();
}

test(`killing workers and the owner, ${3 * rounds} times, loses nothing that was acknowledged, and no reader sees a gap or a repeat`, async () => {
	const publishers: readonly Publisher[] = [
		new HttpPublisher("http1", acknowledged, 1),
		new HttpPublisher("http2", acknowledged, 1),
		new HttpPublisher("batch", acknowledged, 20),
		new SocketPublisher("socket1", acknowledged),
	];
	const readers = wireWays.map((way) => new LastingReader(way, channel));
	let published = false;
	let read = false;
	const publishing = publishers.map(async (publisher) => {
		while (!published) {
			await publisher.run(server.port, () => published);
			await setTimeout(20);
		}
	});
	const reading = readers.map((reader) => reader.run(server.port, () => read));
	const counts: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const { owner, workers } = teamOf(server.pid);
		await kill(workers[round % 2]);
		await kill(owner);
		if (round % 2 === 0) await kill(teamOf(server.pid).owner, teamOf(server.pid).workers[0]);
		else await killAll();
		counts.push(acknowledged.size);
	}
	published = true;
	await Promise.all(publishing);
	// What had no answer is asked for again: it was stored or it was not, and is stored once now.
	await Promise.all(publishers.map((publisher) => publisher.run(server.port, () => true)));
	for (const [i, count] of counts.entries()) expect(count).toBeGreaterThan(counts[i - 1] ?? 0);

	const log = await readAll(server.url, channel);
	expectKept(log, acknowledged);

	await expect
		.poll(() => readers.map(({ messages }) => messages.length), { timeout: 20_000 })
		.toEqual(readers.map(() => log.length));
	read = true;
	await Promise.all(reading);
	for (const { way, messages, gaps, returns } of readers) {
		expect(gaps, way.name).toEqual([]);
		expect(
			messages.map(({ id, data }) => [id, data]),
			way.name,
		).toEqual(log.map(({ id, data }) => [id, data]));
		expect(returns, way.name).toBeGreaterThan(0);
	}
	const returns = readers.map(({ way, returns }) => `${way.name} ${returns}`).join(", ");
	console.log(`${3 * rounds} kills, ${acknowledged.size} messages acknowledged; readers came back: ${returns}`);
}, 300_000);
