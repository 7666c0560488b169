import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { draft, much, offsetsOf } from "../../testing/log-kit/log-world.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "../disk/disk.ts";
import { openEnvironment } from "../disk/environment.ts";
import { channelKey } from "../disk/keys.ts";
import type { Log, LogPage } from "../log.ts";
import { openFrames } from "./frames.ts";
import { type DiskOwner, diskOwner } from "./owner.ts";
import { diskWorkerLog } from "./worker.ts";
import { WorkerLog } from "./worker-log.ts";

const ends: (() => unknown)[] = [];
let folder: string;
let path: string;

beforeEach(async () => {
	const made = await temporaryFolder();
	folder = made.folder;
	path = join(folder, "owner");
	ends.push(made.clear);
});

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

/** Closing twice does nothing. */
async function own(): Promise<DiskOwner> {
	const owner = await diskOwner({ folder, path });
	ends.push(() => owner.close());
	return owner;
}

async function work(): Promise<Log> {
	const log = await diskWorkerLog({ folder, path });
	ends.push(() => log.close());
	return log;
}

function follow(log: Log) {
	const pages: LogPage[] = [];
	log.watch("chat", (page) => pages.push(page));
	return {
		offsets: () => pages.flatMap(({ messages }) => offsetsOf(messages)),
		gaps: () => pages.flatMap(({ gap }) => gap?.reason ?? []),
	};
}

/** A worker that is none of ours, by what it sends. */
async function stranger(): Promise<{
	readonly socket: Socket;
	readonly send: (frame: object) => void;
	readonly frames: unknown[];
}> {
	const frames: unknown[] = [];
	const socket = connect(path);
	const send = openFrames(socket, systemClock, (frame) => frames.push(frame));
	await once(socket, "connect");
	ends.push(() => socket.destroy());
	return { socket, send, frames };
}

test("what one worker appends the watchers of another are told once, in order", async () => {
	await own();
	const [one, other] = [await work(), await work()];
	const reader = follow(other);
	await other.read("chat", "now", much);
	for (let i = 0; i < 5; i++) await Promise.all([one, other, one].map((log) => log.append([draft("chat", i)])));
	await expect.poll(reader.offsets).toHaveLength(15);
	expect(reader.offsets()).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
	expect(reader.gaps()).toEqual([]);
});

test("while there is no owner it is stale and can be read; then watchers are told what came, and it is fresh", async () => {
	const owner = await own();
	const log = await work();
	const reader = follow(log);
	await log.append([draft("chat", 1)]);
	const told: boolean[] = [];
	log.freshness?.watch((fresh) => told.push(fresh));
	await owner.close();
	await expect.poll(() => log.freshness?.fresh).toBe(false);
	expect(offsetsOf((await log.read("chat", "first", much)).messages)).toEqual([1]);
	expect((await log.describe("chat")).head.offset).toBe(1);
	follow(log);
	await log.read("chat", "now", much);

	const alone = diskLog({ folder });
	await alone.append([draft("chat", 2)]);
	await alone.close();
	expect(reader.offsets()).toEqual([1]);
	await own();
	await expect.poll(() => log.freshness?.fresh).toBe(true);
	expect([reader.offsets(), reader.gaps(), told]).toEqual([[1, 2], [], [false, true]]);
	// By another, of which only the new owner can tell.
	await (await work()).append([draft("chat", 3)]);
	await expect.poll(reader.offsets).toEqual([1, 2, 3]);
});

test("an append waits for an owner that is about to come, and is refused within 2 s and not kept where none does", async () => {
	const owner = await own();
	const log = await work();
	await owner.close();
	await expect.poll(() => log.freshness?.fresh).toBe(false);
	const began = performance.now();
	await expect(log.append([draft("chat", "lost")])).rejects.toMatchObject({ code: "store_unavailable", retryAfter: 2 });
	expect(performance.now() - began).toBeLessThan(2000);
	const waiting = log.append([draft("chat", "waits")]);
	await own();
	expect(await waiting).toMatchObject([{ known: false }]);
	expect((await log.read("chat", "first", much)).messages.map(({ data }) => data)).toEqual(['"waits"']);
});

test("what reaches the owner too late is not kept", async () => {
	await own();
	const { send, frames } = await stranger();
	const append = (n: number, until: number) => send({ n, call: "append", asks: { drafts: [draft("chat", n)], until } });
	append(1, Date.now() - 1);
	append(2, Date.now() + 10_000);
	await expect.poll(() => frames).toHaveLength(2);
	expect(frames).toEqual([
		{ n: 1, error: expect.objectContaining({ code: "store_unavailable" }) },
		{ n: 2, answers: [expect.objectContaining({ id: expect.stringMatching(/-1$/) })] },
	]);
});

test("a worker that goes on its way in, or in the middle of a frame, keeps nobody from writing", async () => {
	await own();
	const { socket, send, frames } = await stranger();
	send({ n: 1, call: "enter" });
	await expect.poll(() => frames).toEqual([{ n: 1 }]);
	const torn = await stranger();
	torn.socket.end(Buffer.from([0, 0, 0, 9, 123, 34]));
	const late = diskWorkerLog({ folder, path });
	let isOpen = false;
	void late.then((log) => {
		isOpen = true;
		ends.push(() => log.close());
	});
	await new Promise((resolve) => setTimeout(resolve, 100));
	expect(isOpen).toBe(false);
	socket.destroy();
	expect(await (await late).append([draft("chat", 1)])).toMatchObject([{ known: false }]);
});

test("a damaged record of a channel is made anew by the owner", async () => {
	const before = diskLog({ folder });
	await before.append([draft("chat", 1)]);
	const { head } = await before.describe("chat");
	await before.close();
	const environment = openEnvironment(folder, "disk");
	environment.root.transactionSync(() => environment.channels.putSync(channelKey("chat"), Buffer.from("damaged")));
	await environment.root.close();
	await own();
	const page = await (await work()).read("chat", head, much);
	expect([page.gap?.reason, offsetsOf(page.messages)]).toEqual(["reset", [1]]);
});

test("a hint that is lost is made up for by comparing heads", async () => {
	const alone = diskLog({ folder });
	ends.push(() => alone.close());
	const { head } = await alone.describe("chat");
	const clock = new ManualClock();
	const door = { ask: async () => [] as never, say: () => undefined, close: () => undefined, connected: true };
	const log = new WorkerLog({ environment: openEnvironment(folder, "disk"), firstEpoch: head.epoch, door, clock });
	ends.push(() => log.close());
	const reader = follow(log);
	await log.read("chat", "now", much);
	await alone.append([draft("chat", 1)]);
	await new Promise((resolve) => setTimeout(resolve, 20));
	expect(reader.offsets()).toEqual([]);
	clock.advance(5000);
	await expect.poll(reader.offsets).toEqual([1]);
});
