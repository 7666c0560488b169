import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
async function publish(channel: string, ...data: unknown[]): Promise<string[]> {
	const ids: string[] = [];
	for (const body of data)
		ids.push((await ask(at(channel), { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } })).json.id);
	return ids;
}
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("a short poll", () => {
	test("is 200, JSON, not stored, with the cursor as its tag", async () => {
		const { status, headers, json } = await ask(at("empty"));
		expect(status).toBe(200);
		expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store", etag: `"${json.next}"` });
		expect(json).toEqual({ messages: [], next: expect.stringMatching(/^[A-Za-z0-9._~-]+$/), more: false });
		expect(Number(headers["content-length"])).toBeGreaterThan(0);
	});

	test("brings whole messages, and only the fields that are set", async () => {
		const sent = Date.now();
		const bare = await ask(at("shape"), { body: { text: "hi" } });
		const full = await ask(at("shape", "?event=said&key=k1"), { body: "text", headers: { "Content-Type": "text/plain" } });
		const bytes = await ask(at("shape"), { body: new Uint8Array([0, 255]) });
		const { json } = await ask(at("shape", "?after=first"));
		expect(json).toEqual({
			messages: [
				{ id: bare.json.id, channel: "shape", data: { text: "hi" }, time: bare.json.time },
				{ id: full.json.id, channel: "shape", data: "text", time: full.json.time, event: "said", key: "k1" },
				{ id: bytes.json.id, channel: "shape", data: "AP8=", encoding: "base64", time: bytes.json.time },
			],
			next: bytes.json.id,
			more: false,
		});
		expect(Math.abs(bare.json.time - sent)).toBeLessThan(5000);
	});

	test("begins with what comes from now on unless it says otherwise", async () => {
		await publish("now", 1);
		const first = (await ask(at("now"))).json;
		expect(first.messages).toEqual([]);
		const [id] = await publish("now", 2);
		const second = (await ask(at("now", `?after=${first.next}`))).json;
		expect(second).toMatchObject({ messages: [{ id, data: 2 }], next: id });
	});

	test("of a channel never published to stores nothing, and its next is good for what comes first", async () => {
		const { next } = (await ask(at("unborn", "?after=now"))).json;
		const list = await ask(`${world.origin}/v1/channels?prefix=unborn`);
		expect(list.json.channels).toEqual([]);
		const [id] = await publish("unborn", 1);
		expect((await ask(at("unborn", `?after=${next}`))).json).toMatchObject({ messages: [{ id }] });
	});

	test("limit cuts the answer, more says so, and next goes on behind it", async () => {
		const ids = await publish("limited", ...numbers(5));
		const first = (await ask(at("limited", "?after=first&limit=2"))).json;
		expect(first).toMatchObject({ messages: [{ id: ids[0] }, { id: ids[1] }], next: ids[1], more: true });
		const rest = (await ask(at("limited", `?after=${first.next}&limit=3`))).json;
		expect(rest).toMatchObject({ messages: [{ id: ids[2] }, { id: ids[3] }, { id: ids[4] }], next: ids[4], more: false });
	});

	test("brings 100 messages unless a limit is given, and up to 1000", async () => {
		await ask(`${world.origin}/v1/messages`, { body: numbers(1000).map((data) => ({ channel: "many", data })) });
		expect((await ask(at("many", "?after=first"))).json).toMatchObject({ messages: { length: 100 }, more: true });
		expect((await ask(at("many", "?after=first&limit=1000"))).json).toMatchObject({ messages: { length: 1000 }, more: false });
		expect((await ask(at("many", "?last=1000&limit=1"))).json).toMatchObject({ messages: [{ data: 1 }], more: true });
	});

	test("data is any JSON value", async () => {
		const values = [
			null,
			true,
			false,
			0,
			-1.5e-7,
			"",
			"\u2028\ud83d\ude00\u0000",
			[],
			{},
			[[1, { a: [null] }]],
			{ "": 1, __proto__x: 2 },
		];
		await publish("values", ...values);
		const { json } = await ask(at("values", "?after=first"));
		expect(json.messages.map(({ data }: { data: unknown }) => data)).toEqual(values);
	});
});

describe("If-None-Match", () => {
	test.each(["*TAG*", "W/*TAG*", '"other", *TAG*', '"other",W/*TAG* , "x-1"'])("%s with nothing new is 304", async (list) => {
		const [id] = await publish("tagged", 1);
		const headers = { "If-None-Match": list.replace("*TAG*", `"${id}"`) };
		const same = await ask(at("tagged", `?after=${id}`), { headers });
		expect(same).toMatchObject({ status: 304, text: "", headers: { etag: `"${id}"` } });
		const head = await ask(at("tagged", `?after=${id}`), { headers, method: "HEAD" });
		expect(head.status).toBe(304);
	});

	test("of another tag is 200", async () => {
		const [id] = await publish("tagged2", 1);
		for (const tag of ['"x"', `"${id}x"`, `${id}`, '""', 'W/"x-1"']) {
			expect((await ask(at("tagged2", `?after=${id}`), { headers: { "If-None-Match": tag } })).status).toBe(200);
		}
	});

	test("is never taken as a cursor: with something to say the answer is 200, even under the same tag", async () => {
		const [first, second] = await publish("tagged3", 1, 2);
		const answer = await ask(at("tagged3", `?after=${first}`), { headers: { "If-None-Match": `"${second}"` } });
		expect(answer).toMatchObject({ status: 200, json: { messages: [{ id: second }] } });
		const now = await ask(at("tagged3"), { headers: { "If-None-Match": `"${first}"` } });
		expect(now).toMatchObject({ status: 200, json: { messages: [], next: second } });
	});

	test("of a set is compared with the set's cursor", async () => {
		const url = `${world.origin}/v1/messages?channel=tagged&channel=other`;
		const { json, headers } = await ask(url);
		expect(headers.etag).toBe(`"${json.next}"`);
		const same = await ask(`${url}&after=${json.next}`, { headers: { "If-None-Match": headers.etag as string } });
		expect(same.status).toBe(304);
	});
});

describe("a long poll", () => {
	test("answers what is there at once", async () => {
		const [id] = await publish("ready", 1);
		expect((await ask(at("ready", "?after=first&wait=30"))).json).toMatchObject({ messages: [{ id }], next: id });
	});

	test.each([
		["?wait=30", {}],
		["", { Prefer: "wait=30" }],
		["", { Prefer: 'respond-async, wait="30"' }],
		["", { Prefer: "wait = 30; x" }],
	])("%s %o answers as soon as there is something", async (query, headers) => {
		const channel = `waiting${query.length}${Object.values(headers).join().length}`;
		const waiting = ask(at(channel, query), { headers });
		await readers(channel, "longPoll", 1);
		const [id] = await publish(channel, 1);
		const answer = await waiting;
		expect(answer).toMatchObject({ status: 200, json: { messages: [{ id }], next: id, more: false } });
		expect(answer.headers["etag"]).toBe(`"${id}"`);
		if ("Prefer" in headers) expect(answer.headers["preference-applied"]).toBe("wait=30");
	});

	test("that ends with nothing is 200 with no messages, after the wait and at most a sixteenth more", async () => {
		const began = performance.now();
		const { status, json } = await ask(at("silent", "?wait=1"));
		const took = performance.now() - began;
		expect({ status, messages: json.messages, more: json.more }).toEqual({ status: 200, messages: [], more: false });
		expect(took).toBeGreaterThan(990);
		expect(took).toBeLessThan(1062.5 + 250);
		const [id] = await publish("silent", 1);
		expect((await ask(at("silent", `?after=${json.next}`))).json.messages).toMatchObject([{ id }]);
	});

	test("with If-None-Match waits and is 200, not 304", async () => {
		const [id] = await publish("notag", 1);
		const answer = await ask(at("notag", `?after=${id}&wait=1`), { headers: { "If-None-Match": `"${id}"` } });
		expect(answer).toMatchObject({ status: 200, json: { messages: [], next: id } });
	});

	test("keeps to its limit when many come at once", async () => {
		const waiting = ask(at("burst", "?wait=30&limit=2"));
		await readers("burst", "longPoll", 1);
		await ask(`${world.origin}/v1/messages`, { body: numbers(5).map((data) => ({ channel: "burst", data })) });
		const first = (await waiting).json;
		expect(first).toMatchObject({ messages: [{ data: 1 }, { data: 2 }], more: true });
		expect((await ask(at("burst", `?after=${first.next}`))).json.messages).toMatchObject([{ data: 3 }, { data: 4 }, { data: 5 }]);
	});

	test("of 0 seconds is a short poll", async () => {
		expect((await ask(at("zero", "?wait=0"))).status).toBe(200);
	});

	test("a preference is no demand: nonsense is ignored, too much is cut, and the query goes first", async () => {
		for (const Prefer of ["wait=x", "wait=-1", "respond-async", "waiting=9"]) {
			expect((await ask(at("prefer"), { headers: { Prefer } })).status).toBe(200);
		}
		expect((await ask(at("prefer", "?wait=0"), { headers: { Prefer: "wait=30" } })).status).toBe(200);
		const waiting = ask(at("prefer"), { headers: { Prefer: "wait=900" } });
		await readers("prefer", "longPoll", 1);
		await publish("prefer", 1);
		expect((await waiting).headers["preference-applied"]).toBe("wait=55");
	});
});

describe.each([
	["wait", ["-1", "56", "1.5", "x", "", "1e1", "0x1", " 1", "999999999999"]],
	["limit", ["0", "-1", "1001", "1.5", "x", "", "99999999999999999999"]],
	["last", ["0", "-1", "1001", "x", ""]],
])("a bad %s", (name, values) => {
	test.each(values)("of '%s' is a bad request, also in a stream", async (value) => {
		const url = at("bounds", `?${name}=${encodeURIComponent(value)}`);
		for (const headers of [{}, { Accept: "text/event-stream" }]) {
			const { status, json } = await ask(url, { headers });
			expect({ status, code: json.code }).toEqual({ status: 400, code: "bad_request" });
			expect(json.detail).toContain(name);
		}
	});
});

test.each(["wait=55&after=first", "limit=1", "limit=1000", "last=1", "last=1000", "unknown=1&x", "after=first&unknown"])(
	"%s is accepted",
	async (query) => {
		await publish("accepted", 1);
		expect((await ask(at("accepted", `?${query}`))).status).toBe(200);
	},
);

async function readers(channel: string, kind: string, count: number): Promise<void> {
	await expect.poll(async () => (await ask(`${world.origin}/v1/channels/${channel}`)).json.readers[kind]).toBe(count);
}
