import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { draft, publish } from "../../testing/log-kit/log-world.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "./disk.ts";
import { inspectDisk } from "./inspect.ts";
import { thisProcess } from "./process-identity.ts";

test("a folder is inspected when its server has gone, and not beside it", async () => {
	const { folder, clear } = await temporaryFolder();
	const log = diskLog({ folder, retentionMessages: 2 });
	await publish(log, "chat", 1, 2, 3);
	await log.append([draft("a", "é")]);
	await log.remove("a");
	await log.append([draft("b", 1)]);
	const expected = [await log.describe("b"), await log.describe("chat")];
	const refused = new RegExp(`in use by process ${thisProcess().pid} on .*GET /v1/channels`);
	await expect(inspectDisk(folder)).rejects.toThrow(refused);
	await log.close();
	const { channels, owner, fileBytes, usedBytes, damaged } = await inspectDisk(folder);
	expect(channels).toEqual(expected);
	expect(fileBytes).toBeGreaterThanOrEqual(usedBytes);
	expect([usedBytes > 0, damaged, owner]).toEqual([true, [], undefined]);
	await clear();
});

test("a claim of a process that is gone, or that cannot be read, keeps nobody out", async () => {
	const { folder, clear } = await temporaryFolder();
	const claim = join(folder, "owner.json");
	for (const left of [JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1, token: "x" }), "", "{}"]) {
		writeFileSync(claim, left);
		const log = diskLog({ folder });
		expect(JSON.parse(readFileSync(claim, "utf8")).pid).toBe(thisProcess().pid);
		expect(() => diskLog({ folder })).toThrow("in use by process");
		await log.close();
		expect(existsSync(claim)).toBe(false);
	}
	await clear();
});

test("a folder without a store is said to be one, and nothing is made in it", async () => {
	const { folder, clear } = await temporaryFolder();
	const none = { code: "store_unavailable", message: expect.stringContaining("no store") };
	await expect(inspectDisk(folder)).rejects.toMatchObject(none);
	await expect(inspectDisk(`${folder}/deeper`)).rejects.toMatchObject(none);
	expect(await readdir(folder)).toEqual([]);
	await clear();
});
