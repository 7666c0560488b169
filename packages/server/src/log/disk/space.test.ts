import { execFileSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { draft, much, offsetsOf, range, readAll } from "../../testing/log-kit/log-world.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "./disk.ts";
import { dataFile } from "./environment.ts";

const fill = "x".repeat(2000);

test("the file does not grow under steady publishing", async () => {
	const { folder, clear } = await temporaryFolder();
	const log = diskLog({ folder, durability: "none", retentionMessages: 200 });
	const round = async () => {
		for (let i = 0; i < 60; i++)
			await log.append(range(1, 20).map((n) => draft(`c${n % 4}`, fill, { idempotencyKey: `${i}-${n}` })));
		return (await stat(dataFile(folder))).size;
	};
	await round();
	const early = await round();
	for (let i = 0; i < 6; i++) await round();
	expect(await round()).toBeLessThanOrEqual(early * 1.25);
	await log.close();
	await clear();
});

const mayMount = process.platform === "linux" && userInfo().uid === 0;

async function smallDisk(size: string) {
	const { folder, clear } = await temporaryFolder();
	execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
	return {
		folder,
		grow: (to: string) => execFileSync("mount", ["-o", `remount,size=${to}`, folder]),
		async clear() {
			execFileSync("umount", [folder]);
			await clear();
		},
	};
}

// Needs root to mount a small file system. An unhandled rejection fails the run by itself.
test.skipIf(!mayMount)("a full disk refuses appends, is read on, and takes appends again when there is space", async () => {
	const disk = await smallDisk("12m");
	const log = diskLog({ folder: disk.folder });
	try {
		const one = () => log.append([draft("chat", fill), draft("other", fill)]);
		let kept = 0;
		let refused: unknown[] = [];
		// The last ones that fit go in alone, after a group that did not fit whole.
		while (refused.length < 20 && kept < 10_000) {
			const results = await Promise.allSettled(range(1, 20).map(one));
			refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
			kept += 20 - refused.length;
		}
		expect(refused).toHaveLength(20);
		for (const error of refused) expect(error).toMatchObject({ code: "disk_full" });
		for (let i = 0; i < 100; i++) await expect(one()).rejects.toMatchObject({ code: "disk_full" });
		for (const channel of ["chat", "other"]) {
			const pages = await readAll(log, channel, "first", much);
			expect(offsetsOf(pages.flatMap(({ messages }) => messages))).toEqual(range(1, kept));
		}
		disk.grow("16m");
		await Promise.all(range(1, 20).map(one));
		expect((await log.describe("chat")).head.offset).toBe(kept + 20);
	} finally {
		await log.close();
		await disk.clear();
	}
});

// As above.
test.skipIf(!mayMount)("removing a channel makes space on a full disk, and what was kept outlives a restart", async () => {
	const disk = await smallDisk("12m");
	let log = diskLog({ folder: disk.folder });
	try {
		await log.append([draft("small", "kept")]);
		await expect(async () => {
			for (let i = 0; i < 5000; i++) await log.append([draft("chat", fill)]);
		}).rejects.toMatchObject({ code: "disk_full" });
		await log.remove("chat");
		await log.append([draft("small", fill)]);
		await log.close();
		log = diskLog({ folder: disk.folder });
		expect(offsetsOf((await log.read("small", "first", much)).messages)).toEqual([1, 2]);
	} finally {
		await log.close();
		await disk.clear();
	}
});
