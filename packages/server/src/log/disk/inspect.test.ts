import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { draft, publish } from "../../testing/log-kit/log-world.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "./disk.ts";
import { inspectDisk } from "./inspect.ts";
import { thisProcess } from "./process-identity.ts";

test("a folder is inspected while a server runs on it, which goes on", async () => {
	const { folder, clear } = await temporaryFolder();
	const log = diskLog({ folder, retentionMessages: 2 });
	await publish(log, "chat", 1, 2, 3);
	await log.append([draft("a", "é")]);
	await log.remove("a");
	await log.append([draft("b", 1)]);
	const { channels, owner, fileBytes, usedBytes, damaged } = await inspectDisk(folder);
	expect(channels).toEqual([await log.describe("b"), await log.describe("chat")]);
	expect(owner?.pid).toBe(thisProcess().pid);
	expect(fileBytes).toBeGreaterThanOrEqual(usedBytes);
	expect([usedBytes > 0, damaged]).toEqual([true, []]);
	await publish(log, "chat", 4);
	expect((await log.describe("chat")).head.offset).toBe(4);
	await log.close();
	expect((await inspectDisk(folder)).owner).toBeUndefined();
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
