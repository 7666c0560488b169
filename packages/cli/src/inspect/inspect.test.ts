import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskLog } from "@holdfast/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../program.ts";
import { testIo } from "../testing.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-inspect-"));
const log = diskLog({ folder, retentionMessages: 2 });
let ids: readonly string[];
/** What it says while a server has the folder. */
let beside: Awaited<ReturnType<typeof inspect>>;

beforeAll(async () => {
	const drafts = ["b", "a", "a", "a"].map((channel) => ({ channel, data: '"hello"' }));
	ids = (await log.append(drafts)).map((receipt) => ("id" in receipt ? receipt.id : ""));
	beside = await inspect(folder);
	await log.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function inspect(...arguments_: string[]) {
	const io = testIo();
	const code = await run(["inspect", ...arguments_], io);
	return { code, out: io.out.text, err: io.err.text };
}

test("beside a server it is refused, and says whom to ask", () => {
	expect(beside).toMatchObject({ code: 4, out: "" });
	expect(beside.err).toMatch(new RegExp(`^holdfast: .* in use by process ${process.pid} on .*GET /v1/channels.*\\n$`));
});

test("shows channels with their heads and sizes, and the owner", async () => {
	const { code, out, err } = await inspect(folder);
	expect([code, err]).toEqual([0, ""]);
	const lines = out.split("\n");
	expect(lines[0]).toMatch(/: [0-9.]+ [KM]iB in use of a file of [0-9.]+ [KM]iB; owner: nobody$/);
	expect(lines[1]).toMatch(/^CHANNEL +MESSAGES +DATA +FIRST +HEAD$/);
	expect(lines[2]?.split(/ {2,}/)).toEqual(["a", "2", "14 B", ids[2], ids[3]]);
	expect(lines[3]?.split(/ {2,}/)).toEqual(["b", "1", "7 B", ids[0], ids[0]]);
	expect(lines[4]).toBe("2 channels, 3 messages");
});

test("as JSON its channels are those of the wire", async () => {
	const { out } = await inspect(folder, "--json");
	expect(JSON.parse(out)).toEqual({
		folder,
		fileBytes: expect.any(Number),
		usedBytes: expect.any(Number),
		owner: null,
		channels: [
			{ channel: "a", head: ids[3], first: ids[2], messages: 2, bytes: 14 },
			{ channel: "b", head: ids[0], first: ids[0], messages: 1, bytes: 7 },
		],
		damaged: [],
	});
});

test("writes nothing", async () => {
	const look = () => readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
	const before = look().filter(([name]) => name === "data.mdb");
	await inspect(folder);
	expect(look().filter(([name]) => name === "data.mdb")).toEqual(before);
});

test("a folder without a store is exit code 4, and stays as it is", async () => {
	const empty = mkdtempSync(join(tmpdir(), "holdfast-empty-"));
	expect(await inspect(empty)).toEqual({ code: 4, out: "", err: `holdfast: There is no store in ${empty}.\n` });
	expect(readdirSync(empty)).toEqual([]);
	rmSync(empty, { recursive: true });
	expect((await inspect(join(empty, "nowhere"))).code).toBe(4);
});
