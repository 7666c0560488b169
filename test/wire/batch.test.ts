import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const send = (body: unknown) => ask(`${world.origin}/v1/messages`, { body });
const messagesOf = async (channel: string) =>
	(await ask(`${world.origin}/v1/channels/${channel}/messages?after=first`)).json.messages;

describe("a batch", () => {
	test("is published in order, with a receipt for each item in its place", async () => {
		const { status, json } = await send([
			{ channel: "a", data: 1 },
			{ channel: "b", data: { x: [2] }, event: "said", key: "k" },
			{ channel: "a", data: "AP8=", encoding: "base64" },
		]);
		expect(status).toBe(201);
		expect(json).toEqual([
			{ id: expect.any(String), channel: "a", time: expect.any(Number) },
			{ id: expect.any(String), channel: "b", time: expect.any(Number) },
			{ id: expect.any(String), channel: "a", time: expect.any(Number) },
		]);
		expect(await messagesOf("a")).toEqual([
			{ ...json[0], data: 1 },
			{ ...json[2], data: "AP8=", encoding: "base64" },
		]);
		expect(await messagesOf("b")).toEqual([{ ...json[1], data: { x: [2] }, event: "said", key: "k" }]);
	});

	test("is not all-or-nothing: a problem stands in the place of each refused item", async () => {
		const good = { channel: "mixed", data: 1 };
		const items: [unknown, number, string][] = [
			[{ channel: "a/b", data: 1 }, 400, "bad_channel"],
			[{ data: 1 }, 400, "bad_channel"],
			[{ channel: "mixed" }, 400, "bad_request"],
			[{ channel: "mixed", data: 1, event: "$x" }, 400, "bad_event"],
			[{ channel: "mixed", data: 1, key: "" }, 400, "bad_key"],
			[{ channel: "mixed", data: 1, idempotencyKey: "a\nb" }, 400, "bad_key"],
			[{ channel: "mixed", data: "x".repeat(64 * 1024 + 1) }, 413, "too_large"],
			[{ channel: "mixed", data: "%", encoding: "base64" }, 400, "bad_request"],
			[{ channel: "mixed", data: 1, encoding: "hex" }, 400, "bad_request"],
			[{ channel: "$mixed", data: 1 }, 403, "forbidden"],
			[null, 400, "bad_request"],
			["text", 400, "bad_request"],
			[[], 400, "bad_request"],
			[{ channel: "mixed", data: 2, idempotencyKey: "once" }, 201, ""],
			[{ channel: "mixed", data: 3, idempotencyKey: "once" }, 409, "key_reused"],
		];
		const { status, json } = await send(items.flatMap(([item]) => [item, good]));
		expect(status).toBe(201);
		for (const [i, [item, expected, code]] of items.entries()) {
			const refused = json[2 * i];
			if (code === "") expect(refused).toMatchObject({ channel: "mixed" });
			else expect([item, refused.status, refused.code]).toEqual([item, expected, code]);
			if (code !== "") expect(Object.keys(refused).sort()).toEqual(["code", "detail", "status", "title", "type"]);
			expect(json[2 * i + 1]).toMatchObject({ channel: "mixed", id: expect.any(String) });
		}
		expect(await messagesOf("mixed")).toHaveLength(items.length + 1);
	});

	test("may repeat an idempotency key within itself, and stores it once", async () => {
		const item = { channel: "twice", data: 1, idempotencyKey: "k" };
		const { json } = await send([item, item]);
		expect(json[0]).toEqual(json[1]);
		expect((await send([item])).json).toEqual([json[0]]);
		expect(await messagesOf("twice")).toHaveLength(1);
	});

	test("of nothing is 201 with no receipts", async () => {
		expect(await send([])).toMatchObject({ status: 201, json: [] });
	});

	test("takes 1,000 items, and not one more", async () => {
		const items = Array.from({ length: 1000 }, (_, data) => ({ channel: "most", data }));
		expect((await send(items)).json).toHaveLength(1000);
		const more = await send([...items, { channel: "most", data: 1000 }]);
		expect({ status: more.status, code: more.json.code }).toEqual({ status: 413, code: "too_large" });
		expect((await ask(`${world.origin}/v1/channels/most`)).json.messages).toBe(1000);
	});

	test("takes 1 MiB, and not one byte more", async () => {
		const items = Array.from({ length: 20 }, () => ({ channel: "mib", data: "x".repeat(50_000) }));
		const size = JSON.stringify(items).length;
		const body = JSON.stringify(items) + " ".repeat(1024 * 1024 - size);
		const headers = { "Content-Type": "application/json" };
		const url = `${world.origin}/v1/messages`;
		expect((await ask(url, { body, headers })).status).toBe(201);
		const more = await ask(url, { body: `${body} `, headers });
		expect({ status: more.status, code: more.json.code }).toEqual({ status: 413, code: "too_large" });
	});

	test.each([
		["an object", "{}", 400, "bad_request"],
		["a number", "1", 400, "bad_request"],
		["no JSON", "[", 400, "bad_json"],
		["nothing", "", 400, "bad_json"],
		["JSON that goes on", "[]]", 400, "bad_json"],
	])("that is %s is refused", async (_, body, status, code) => {
		const headers = { "Content-Type": "application/json" };
		const answer = await ask(`${world.origin}/v1/messages`, { body, headers });
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
	});

	test.each(["text/plain", "application/octet-stream", undefined])(
		"of type %s is 415 and names application/json",
		async (type) => {
			const headers = type === undefined ? {} : { "Content-Type": type };
			const { status, json } = await ask(`${world.origin}/v1/messages`, { body: "[]", headers });
			expect({ status, code: json.code }).toEqual({ status: 415, code: "unsupported_type" });
			expect(json.detail).toContain("Content-Type: application/json");
		},
	);

	test("asks for rights item by item, and names who publishes", async () => {
		const some = await startWorld({
			authorize: (_, channel, action) => action === "read" || (channel === "mine" && { from: "ann" }),
		});
		const { json } = await ask(`${some.origin}/v1/messages`, {
			body: [
				{ channel: "mine", data: 1 },
				{ channel: "theirs", data: 2 },
				{ channel: "mine", data: 3 },
			],
		});
		expect(json).toMatchObject([{ channel: "mine" }, { status: 403, code: "forbidden" }, { channel: "mine" }]);
		const read = await ask(`${some.origin}/v1/messages?channel=mine&channel=theirs&after=first`);
		expect(read.json.messages).toMatchObject([
			{ data: 1, from: "ann" },
			{ data: 3, from: "ann" },
		]);
		await some.close();
	});
});
