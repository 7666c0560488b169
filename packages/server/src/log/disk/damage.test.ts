import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { diagnostics } from "../../diagnostics.ts";
import { dataOf, draft, much, offsetsOf, publish, range, readAll } from "../../testing/log-kit/log-world.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { Log, LogPage } from "../log.ts";
import { diskLog } from "./disk.ts";
import { dataFile, type Environment, openEnvironment, type Table } from "./environment.ts";
import { channelKey, idempotencyKey, messageKey } from "./keys.ts";

let folder: string;
let clear: () => Promise<void>;
let log: Log;
let told: unknown[];
const hear = (event: unknown) => void told.push(event);

beforeEach(async () => {
	({ folder, clear } = await temporaryFolder());
	log = diskLog({ folder });
	told = [];
	subscribe(diagnostics.damagedRecord.name, hear);
});

afterEach(async () => {
	unsubscribe(diagnostics.damagedRecord.name, hear);
	await log.close();
	await clear();
});

/** Changes what is in the folder while no log is open on it. */
async function tamper(change: (environment: Environment) => void): Promise<void> {
	await log.close();
	const environment = openEnvironment(folder, "disk");
	environment.root.transactionSync(() => change(environment));
	await environment.root.close();
	log = diskLog({ folder });
}

function flip(table: Table, key: Buffer): void {
	const record = Buffer.from(table.getBinary(key) ?? []);
	record.writeUInt8(record.readUInt8(record.length - 1) ^ 1, record.length - 1);
	table.putSync(key, record);
}

const flipMessages = (...offsets: readonly number[]) =>
	tamper(({ messages }) => {
		for (const offset of offsets) flip(messages, messageKey("chat", offset));
	});

const shape = ({ gap, messages, more }: LogPage) => [gap && [gap.reason, gap.next.offset], offsetsOf(messages), more];

test("a page ends before a damaged record, and the next begins with its gap", async () => {
	await publish(log, "chat", ...range(1, 5));
	await flipMessages(3);
	expect((await readAll(log, "chat")).map(shape)).toEqual([
		[undefined, [1, 2], true],
		[["damaged", 3], [4, 5], false],
	]);
	expect(told).toContainEqual({ channel: "chat", offset: 3 });
});

test("a byte that flipped in the file is found", async () => {
	await publish(log, "chat", "before", "the-very-message", "after");
	await log.close();
	const bytes = await readFile(dataFile(folder));
	for (let at = bytes.indexOf("very"); at >= 0; at = bytes.indexOf("very", at + 1)) bytes.write("V", at);
	await writeFile(dataFile(folder), bytes);
	log = diskLog({ folder });
	const pages = await readAll(log, "chat");
	expect(pages.flatMap(({ messages }) => dataOf(messages))).toEqual(["before", "after"]);
	expect(pages.map(shape)).toEqual([
		[undefined, [1], true],
		[["damaged", 2], [3], false],
	]);
});

test("adjacent damaged records are one gap, and others are gaps of their own", async () => {
	await publish(log, "chat", ...range(1, 9));
	await flipMessages(1, 2, 5, 6, 7);
	expect((await readAll(log, "chat")).map(shape)).toEqual([
		[["damaged", 2], [3, 4], true],
		[["damaged", 7], [8, 9], false],
	]);
});

test("a missing record is a damaged one", async () => {
	await publish(log, "chat", 1, 2, 3);
	await tamper(({ messages }) => messages.removeSync(messageKey("chat", 2)));
	expect((await readAll(log, "chat")).map(shape)).toEqual([
		[undefined, [1], true],
		[["damaged", 2], [3], false],
	]);
});

test("a record under another one's key is a damaged one", async () => {
	await publish(log, "chat", "one", "two");
	await tamper(({ messages }) => {
		messages.putSync(messageKey("chat", 2), messages.getBinary(messageKey("chat", 1)) ?? Buffer.alloc(0));
	});
	expect((await readAll(log, "chat")).flatMap(({ messages }) => dataOf(messages))).toEqual(["one"]);
});

test("a damaged tail is told up to the head, and what comes then follows it", async () => {
	await publish(log, "chat", 1, 2, 3);
	await flipMessages(2, 3);
	const pages = await readAll(log, "chat");
	expect(pages.map(shape)).toEqual([
		[undefined, [1], true],
		[["damaged", 3], [], false],
	]);
	await publish(log, "chat", 4);
	expect(shape(await log.read("chat", pages[1]?.next ?? "first", much))).toEqual([undefined, [4], false]);
});

test("a cursor after the damaged records is whole", async () => {
	await publish(log, "chat", 1, 2, 3);
	await flipMessages(2);
	const { head } = await log.describe("chat");
	expect(shape(await log.read("chat", { ...head, offset: 2 }, much))).toEqual([undefined, [3], false]);
});

test("an expired cursor before damaged records is told both, one page each", async () => {
	await log.close();
	log = diskLog({ folder, retentionMessages: 3 });
	await publish(log, "chat", ...range(1, 5));
	await flipMessages(3);
	const { head } = await log.describe("chat");
	expect((await readAll(log, "chat", { ...head, offset: 0 })).map(shape)).toEqual([
		[["expired", 2], [], true],
		[["damaged", 3], [4, 5], false],
	]);
});

test("damaged records are trimmed like others", async () => {
	await publish(log, "chat", 1, 2, 3);
	await flipMessages(1, 2);
	await log.close();
	log = diskLog({ folder, retentionMessages: 2 });
	await publish(log, "chat", 4);
	expect(shape(await log.read("chat", "first", much))).toEqual([undefined, [3, 4], false]);
});

test("a channel whose record is damaged keeps its messages in a new epoch, and its readers are told reset", async () => {
	await publish(log, "chat", 1, 2, 3);
	const before = (await log.describe("chat")).head;
	await tamper(({ channels }) => flip(channels, channelKey("chat")));
	const pages: LogPage[] = [];
	log.watch("chat", (page) => pages.push(page));
	const page = await log.read("chat", before, much);
	expect(page.next.epoch).not.toBe(before.epoch);
	expect(shape(page)).toEqual([["reset", 0], [1, 2, 3], false]);
	expect(pages.map(shape)).toEqual([[["reset", 3], [], false]]);
	expect(told).toEqual([{ channel: "chat", offset: 0 }]);
	expect(await publish(log, "chat", 4)).toMatchObject([{ id: `${page.next.epoch}-4` }]);
	expect(pages[1]?.after).toEqual(pages[0]?.next);
});

test("a channel whose record is damaged can be appended to, described, listed and removed", async () => {
	for (const use of [
		() => log.append([draft("chat", 2)]),
		() => log.describe("chat"),
		() => log.list({ prefix: "", after: "", limit: 9 }),
		() => log.remove("chat"),
	]) {
		await log.append([draft("chat", 1)]);
		await tamper(({ channels }) => flip(channels, channelKey("chat")));
		await use();
		expect((await readAll(log, "chat")).length).toBe(1);
	}
	expect((await log.describe("chat")).messages).toBe(0);
});

test("a damaged idempotency key is not known", async () => {
	const keyed = draft("chat", 1, { idempotencyKey: "k" });
	await log.append([keyed]);
	await tamper(({ keys }) => flip(keys, idempotencyKey("chat", "k")));
	expect(await log.append([keyed])).toMatchObject([{ known: false }]);
});
