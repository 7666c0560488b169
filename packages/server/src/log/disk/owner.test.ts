import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { kill } from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { draft, much } from "../../testing/log-kit/log-world.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "./disk.ts";
import { dataFile, openEnvironment } from "./environment.ts";
import { identityOf, isRunning, type ProcessIdentity, thisProcess } from "./process-identity.ts";
import { seal } from "./seal.ts";

let folder: string;
let clear: () => Promise<void>;

beforeEach(async () => {
	({ folder, clear } = await temporaryFolder());
});

afterEach(() => clear());

const owned = { code: "store_unavailable" };
const seesProcesses = existsSync("/proc/self/stat");

/** Leaves the record of an owner who did not close. */
async function leave(identity: ProcessIdentity, seen = Date.now()): Promise<void> {
	await put("owner", { ...identity, token: "left", seen });
}

async function put(name: string, value: unknown): Promise<void> {
	const environment = openEnvironment(folder, "disk");
	const key = Buffer.from(name);
	environment.root.transactionSync(() => environment.meta.putSync(key, seal(key, JSON.stringify(value))));
	await environment.root.close();
}

test("a second owner is refused and told who the first is, also in one process; after its close the folder is free", async () => {
	const first = diskLog({ folder });
	expect(() => diskLog({ folder })).toThrow(
		expect.objectContaining({ ...owned, message: expect.stringContaining(`process ${thisProcess().pid} on`) }),
	);
	// The refusal has not disturbed the first.
	await first.append([draft("chat", 1)]);
	await first.close();
	const second = diskLog({ folder });
	expect((await second.read("chat", "first", much)).messages).toHaveLength(1);
	await second.close();
});

// Without /proc nobody sees how a process ended or when it began.
test.skipIf(!seesProcesses)("a killed owner frees the folder at once, though its parent never asks how it ended", async () => {
	await diskLog({ folder }).close();
	// A shell that becomes a `sleep` leaves its child without a parent who waits for it.
	const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
	const [line] = await once(parent.stdout, "data");
	const owner = Number(line);
	await leave(identityOf(owner));
	expect(() => diskLog({ folder })).toThrow(expect.objectContaining(owned));
	kill(owner, "SIGKILL");
	await expect.poll(() => isRunning(identityOf(owner), thisProcess())).toBe(false);
	expect(existsSync(`/proc/${owner}`)).toBe(true);
	await diskLog({ folder }).close();
	parent.kill("SIGKILL");
});

// As above.
test.skipIf(!seesProcesses)("an owner whose process number was given to another process is gone", async () => {
	await diskLog({ folder }).close();
	await leave({ ...thisProcess(), start: "1" });
	await diskLog({ folder }).close();
});

test("an owner elsewhere counts as there until it has been silent for its lease", async () => {
	const clock = new ManualClock();
	await diskLog({ folder, clock }).close();
	await leave({ ...thisProcess(), place: "elsewhere", host: "elsewhere" }, clock.now());
	clock.advance(14_999);
	expect(() => diskLog({ folder, clock })).toThrow(expect.objectContaining({ ...owned, retryAfter: 1 }));
	clock.advance(1);
	await diskLog({ folder, clock }).close();
});

test("an owner says that it is there as long as it is", async () => {
	const clock = new ManualClock();
	const log = diskLog({ folder, clock });
	const seen = async () => {
		const environment = openEnvironment(folder, "disk");
		const record = environment.meta.getBinary(Buffer.from("owner"))?.subarray(4).toString() ?? "{}";
		await environment.root.close();
		return JSON.parse(record).seen;
	};
	const start = clock.now();
	expect(await seen()).toBe(start);
	clock.advance(5000);
	await expect.poll(seen).toBe(start + 5000);
	await expect.poll(() => clock.waiting).toBe(2);
	clock.advance(5000);
	await expect.poll(seen).toBe(start + 10_000);
	await log.close();
});

test("an owner that was stopped for longer than its lease keeps nothing once another has taken over", async () => {
	const log = diskLog({ folder });
	await log.append([draft("chat", 1)]);
	await leave({ ...thisProcess(), place: "elsewhere" });
	await expect(log.append([draft("chat", 2)])).rejects.toMatchObject(owned);
	expect((await log.describe("chat")).head.offset).toBe(1);
	await log.close();
});

test("a folder of an unknown form is refused", async () => {
	await diskLog({ folder }).close();
	await put("format", { version: 99, firstEpoch: "x" });
	expect(() => diskLog({ folder })).toThrow(expect.objectContaining({ ...owned, message: expect.stringContaining("form 99") }));
});

test("a folder whose file is no store is refused and left as it is", async () => {
	await writeFile(dataFile(folder), "not a store".repeat(1000));
	expect(() => diskLog({ folder })).toThrow(expect.objectContaining({ ...owned, message: expect.stringContaining(folder) }));
});
