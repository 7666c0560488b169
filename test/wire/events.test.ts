import { createHoldfast } from "@holdfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
const publish = async (channel: string, body: unknown, query = "", headers = {}) =>
	(await ask(at(channel, query), { body, headers })).json as { id: string; time: number };
const text = { "Content-Type": "text/plain" };

const accepts = [
	"text/event-stream",
	"text/event-stream, */*;q=0.1",
	"application/json, text/event-stream",
	"TEXT/Event-Stream",
	"text/event-stream;charset=utf-8",
];

describe("an event stream", () => {
	test.each(accepts)("is asked for by Accept: %s, with headers that keep proxies from waiting", async (Accept) => {
		const stream = await openEvents(at("headers"), { Accept });
		expect(stream.status).toBe(200);
		expect(stream.headers).toMatchObject({
			"content-type": "text/event-stream",
			"cache-control": "no-store, no-transform",
			"x-accel-buffering": "no",
			incremental: "?1",
		});
		expect(stream.headers).not.toHaveProperty("content-length");
		stream.close();
	});

	test.each(["*/*", "text/*", "application/json", "text/event-streams", "xtext/event-stream"])(
		"is not what Accept: %s asks for",
		async (Accept) => {
			expect((await ask(at("headers"), { headers: { Accept } })).headers["content-type"]).toBe("application/json");
		},
	);

	test("opens, tells the past, is live, and goes on", async () => {
		const one = await publish("order", { n: 1 });
		const two = await publish("order", { n: 2 }, "?event=said&key=k");
		const stream = await openEvents(at("order", "?after=first"));
		const [open, first, second, live] = await stream.take(4);
		const three = await publish("order", { n: 3 });
		const third = await stream.next();
		stream.close();
		const zero = one.id.replace(/-1$/, "-0");
		expect(open?.lines).toEqual(["event: $open", `retry: ${open?.retry}`, `data: {"next":"${zero}"}`, `id: ${zero}`]);
		expect(Number(open?.retry)).toBeGreaterThan(0);
		expect(first?.lines).toEqual([
			`data: {"id":"${one.id}","channel":"order","data":{"n":1},"time":${one.time}}`,
			`id: ${one.id}`,
		]);
		expect(second?.lines).toEqual([
			"event: said",
			`data: {"id":"${two.id}","channel":"order","data":{"n":2},"time":${two.time},"event":"said","key":"k"}`,
			`id: ${two.id}`,
		]);
		expect(live?.lines).toEqual(["event: $live", `data: {"next":"${two.id}"}`]);
		expect(third).toMatchObject({ id: three.id });
		expect(third).not.toHaveProperty("event");
	});

	test("of nothing yet is open and live with a cursor that loses nothing", async () => {
		const stream = await openEvents(at("quiet"));
		const [open, live] = await stream.take(2);
		stream.close();
		expect([open?.event, live?.event]).toEqual(["$open", "$live"]);
		const { id } = await publish("quiet", 1);
		const again = await openEvents(at("quiet"), { "Last-Event-ID": open?.id });
		expect((await again.take(2))[1]).toMatchObject({ id });
		again.close();
	});

	test("tells a gap after $open, whose cursor is the one that was sent", async () => {
		const { id } = await publish("gap", 1);
		await ask(`${world.origin}/v1/channels/gap`, { method: "DELETE" });
		const fresh = await publish("gap", 2);
		const stream = await openEvents(at("gap"), { "Last-Event-ID": id });
		const [open, gap, message, live] = await stream.take(4);
		stream.close();
		expect(open).toMatchObject({ event: "$open", id, data: JSON.stringify({ next: id }) });
		expect(gap?.lines.map((line) => line.split(":")[0])).toEqual(["event", "data", "id"]);
		const told = JSON.parse(gap?.data ?? "");
		expect(told).toEqual({ channel: "gap", after: id, next: gap?.id, reason: "reset" });
		expect(message).toMatchObject({ id: fresh.id });
		expect(live).toMatchObject({ event: "$live", data: JSON.stringify({ next: fresh.id }) });
		expect((await ask(at("gap", `?after=${told.next}`))).json.messages).toMatchObject([{ id: fresh.id }]);
	});

	test("tells a gap to a reader that is live when its channel is removed", async () => {
		const { id } = await publish("removed", 1);
		const stream = await openEvents(at("removed"));
		await stream.take(2);
		await ask(`${world.origin}/v1/channels/removed`, { method: "DELETE" });
		const gap = await stream.next();
		expect(gap?.event).toBe("$gap");
		expect(JSON.parse(gap?.data ?? "")).toMatchObject({ after: id, reason: "reset" });
		const fresh = await publish("removed", 2);
		expect(await stream.next()).toMatchObject({ id: fresh.id });
		stream.close();
	});
});

describe("data=raw", () => {
	test("gives the bare data: a string as it is, base64 as its text, else JSON", async () => {
		await publish("raw", "plain text", "", text);
		await publish("raw", JSON.stringify("a string"), "", { "Content-Type": "application/json" });
		await publish("raw", { a: [1, null] }, "?event=object");
		await publish("raw", new Uint8Array([1, 2, 255]));
		await publish("raw", "", "", text);
		const stream = await openEvents(at("raw", "?after=first&data=raw"));
		const [, ...blocks] = await stream.take(6);
		stream.close();
		expect(blocks.map(({ lines }) => lines.slice(0, -1))).toEqual([
			["data: plain text"],
			["data: a string"],
			["event: object", 'data: {"a":[1,null]}'],
			["data: AQL/"],
			["data: "],
		]);
		for (const { lines } of blocks) expect(lines.at(-1)).toMatch(/^id: /);
	});

	test("splits lines at \\r\\n, \\r and \\n, so that none becomes a field", async () => {
		await publish("lines", "a\nevent: x\rid: forged\r\nretry: 1\n\n\rdata: y\u2028\u0085z\n", "", text);
		const stream = await openEvents(at("lines", "?after=first&data=raw"));
		const [, block] = await stream.take(2);
		stream.close();
		expect(block?.lines.slice(0, -1)).toEqual(
			["a", "event: x", "id: forged", "retry: 1", "", "", "data: y\u2028\u0085z", ""].map((line) => `data: ${line}`),
		);
	});

	test.each(["", "?data=json", "?data=RAW"])("is not what '%s' asks for", async (query) => {
		const stream = await openEvents(at("raw", `${query === "" ? "?" : `${query}&`}last=1`));
		expect(JSON.parse((await stream.take(2))[1]?.data ?? "")).toMatchObject({ channel: "raw" });
		stream.close();
	});
});

describe("event=message", () => {
	test("gives all messages the default name, and leaves their own in the JSON", async () => {
		await publish("named", { n: 1 }, "?event=said");
		for (const [query, data] of [
			["?after=first&event=message", expect.stringContaining('"event":"said"')],
			["?after=first&event=message&data=raw", '{"n":1}'],
		]) {
			const stream = await openEvents(at("named", query));
			const [open, message, live] = await stream.take(3);
			stream.close();
			expect([open?.event, message?.event, live?.event]).toEqual(["$open", undefined, "$live"]);
			expect(message?.data).toEqual(data);
		}
	});
});

describe("a comment", () => {
	let often: World;
	beforeAll(async () => {
		often = await startWorld({ commentInterval: 1000 });
	});
	afterAll(() => often.close());

	test("comes at least as often as it should", async () => {
		const stream = await openEvents(`${often.origin}/v1/channels/a/messages`);
		await stream.take(2);
		const began = performance.now();
		for (let i = 0; i < 3; i++) expect((await stream.next({ comments: true }))?.lines).toEqual([":"]);
		expect(performance.now() - began).toBeLessThan(3000 + 300);
		stream.close();
	});

	test("of 2 KiB comes first where a proxy stands between", async () => {
		const stream = await openEvents(`${often.origin}/v1/channels/a/messages`, { "X-Forwarded-For": "10.0.0.1" });
		const padding = await stream.next({ comments: true });
		expect(padding?.comment?.length).toBeGreaterThanOrEqual(2048);
		expect(await stream.next()).toMatchObject({ event: "$open" });
		stream.close();
	});
});

describe("what will pass is told inside the stream, with 200", () => {
	const accept = { Accept: "text/event-stream" };

	function expectBye(answer: { status: number; text: string; headers: Record<string, unknown> }, reason: string): void {
		expect({ status: answer.status, type: answer.headers["content-type"] }).toEqual({ status: 200, type: "text/event-stream" });
		const [, retry] = /^event: \$bye\nretry: (\d+)\ndata: \{"reason":"[a-z]+"\}\n\n$/.exec(answer.text) ?? [];
		expect(Number(retry)).toBeGreaterThan(0);
		expect(answer.text).toContain(`"reason":"${reason}"`);
	}

	test("overload, when the server holds all the connections that it may", async () => {
		const full = await startWorld({ maxConnections: 1 });
		const held = await openEvents(`${full.origin}/v1/channels/a/messages`);
		await held.take(1);
		expectBye(await ask(`${full.origin}/v1/channels/a/messages`, { headers: accept }), "overload");
		held.close();
		await full.close();
	});

	test("rate, when the address holds all that it may", async () => {
		const full = await startWorld({ maxConnectionsPerIp: 1 });
		const held = await openEvents(`${full.origin}/v1/channels/a/messages`);
		await held.take(1);
		expectBye(await ask(`${full.origin}/v1/channels/a/messages`, { headers: accept }), "rate");
		held.close();
		await full.close();
	});

	test("overload, when access cannot be decided", async () => {
		const broken = await startWorld({
			authorize: () => {
				throw new Error("no database");
			},
		});
		expectBye(await ask(`${broken.origin}/v1/channels/a/messages`, { headers: accept }), "overload");
		await broken.close();
	});

	test("draining, to whoever is there and to whoever comes", async () => {
		const holdfast = createHoldfast({ drainTime: 100 });
		const leaving = await startWorld({}, () => (request, response) => holdfast.handle(request, response));
		const stream = await openEvents(`${leaving.origin}/v1/channels/a/messages`);
		await stream.take(2);
		const closed = holdfast.close();
		const bye = await stream.next();
		expect(bye?.lines).toEqual(["event: $bye", `retry: ${bye?.retry}`, 'data: {"reason":"draining"}']);
		expect(await stream.next()).toBeUndefined();
		await closed;
		expectBye(await ask(`${leaving.origin}/v1/channels/a/messages`, { headers: accept }), "draining");
		await leaving.close();
	});

	test("what will never be allowed is the true 4xx", async () => {
		const closed = await startWorld({ authorize: (_, channel) => (channel === "who" ? "unauthorized" : false) });
		for (const [channel, status] of [
			["who", 401],
			["no", 403],
			["%00", 400],
		]) {
			const answer = await ask(`${closed.origin}/v1/channels/${channel}/messages`, { headers: accept });
			expect(answer.status).toBe(status);
			expect(answer.headers["content-type"]).toBe("application/problem+json");
		}
		await closed.close();
	});
});

test("a client of HTTP/1.0 gets the stream without chunks", async () => {
	const { id } = await publish("old", 1);
	const raw = await openRaw(
		world.port,
		"GET /v1/channels/old/messages?after=first HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n",
	);
	const answer = await raw.until("$live");
	raw.close();
	expect(answer).not.toMatch(/transfer-encoding/i);
	expect(answer).toMatch(new RegExp(`\r\n\r\nevent: \\$open\n[^]*id: ${id}\n\nevent: \\$live\n`));
});
