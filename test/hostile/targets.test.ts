/** Requests whose target or headers are bombs or nonsense, and cursors that nobody gave. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectUnharmed } from "./unharmed.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterEach(() => expectUnharmed(world));
afterAll(() => world.close());

async function sendRaw(text: string): Promise<string> {
	const raw = await openRaw(world.port, Buffer.from(text, "latin1"));
	await raw.until("\r\n\r\n");
	raw.close();
	return raw.text;
}

const path = "/v1/channels/a/messages";
const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

describe("a bomb", () => {
	test.each([
		["a target of 60 KiB", get(`${path}?x=${"a".repeat(60_000)}`)],
		["a path of 60 KiB", get(`/v1/channels/${"a".repeat(60_000)}/messages`)],
		["a header of 60 KiB", get(path, `X-Bomb: ${"a".repeat(60_000)}\r\n`)],
		["five thousand headers", get(path, "X-Bomb: aaaaa\r\n".repeat(5000))],
	])("%s is 431", async (_, request) => {
		expect(await sendRaw(request)).toMatch(/^HTTP\/1\.1 431 /);
	});

	test.each([
		["a query of 40 KiB", get(`${path}?x=${"a".repeat(40_000)}`), 200],
		["ten thousand parameters", get(`${path}?${"x&".repeat(10_000)}`), 200],
		["ten thousand equal signs", get(`${path}?${"=".repeat(10_000)}`), 200],
		["ten thousand escapes", get(`${path}?x=${"%41".repeat(10_000)}`), 200],
		["a header of 40 KiB", get(path, `X-Bomb: ${"a".repeat(40_000)}\r\n`), 200],
		["a thousand times Accept", get(path, "Accept: text/event-strea, \r\n".repeat(1000)), 200],
		["a name of 40 KiB", get(`/v1/channels/${"a".repeat(40_000)}/messages`), 400],
		["a path of ten thousand slashes", get("/".repeat(10_000)), 404],
		["a cursor of 40 KiB", get(`${path}?after=${"1-".repeat(20_000)}`), 400],
		["a set's cursor of 40 KiB", get(`/v1/messages?channel=a&after=a${"~a.1".repeat(10_000)}`), 400],
		["an If-None-Match of 40 KiB", get(path, `If-None-Match: ${'"a",'.repeat(10_000)}\r\n`), 200],
		["a Prefer of 40 KiB", get(path, `Prefer: ${"wait ".repeat(8000)}\r\n`), 200],
	])("%s has its plain answer, soon", async (_, request, status) => {
		const began = performance.now();
		expect(await sendRaw(request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
		expect(performance.now() - began).toBeLessThan(500);
	});
});

describe("ten thousand channels", () => {
	const names = Array.from({ length: 10_000 }, (_, i) => i.toString(36));

	test("in a query are refused, in all four ways, as soon as the request is read", async () => {
		const url = `${world.origin}/v1/messages?${names
			.slice(0, 4000)
			.map((name) => `channel=${name}`)
			.join("&")}`;
		expect(url.length).toBeLessThan(48 * 1024);
		for (const answer of [
			await ask(url),
			await ask(`${url}&wait=9`),
			await ask(url, { headers: { Accept: "text/event-stream" } }),
			await refusedSocket(url),
		]) {
			expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 400, code: "bad_request" });
		}
		const more = `${world.origin}/v1/messages?${names.map((name) => `channel=${name}`).join("&")}`;
		expect((await ask(more)).status).toBe(431);
	});

	test("can be published to, listed and read", async () => {
		for (let i = 0; i < names.length; i += 1000) {
			const body = names.slice(i, i + 1000).map((name) => ({ channel: `ten:${name}`, data: i }));
			const { json } = await ask(`${world.origin}/v1/messages`, { body });
			expect(json.filter(({ id }: { id?: string }) => id === undefined)).toEqual([]);
		}
		let count = 0;
		let after = "";
		for (let more = true; more; ) {
			const page = (await ask(`${world.origin}/v1/channels?prefix=ten:&limit=1000&after=${after}`)).json;
			count += page.channels.length;
			({ next: after, more } = page);
		}
		expect(count).toBe(10_000);
		expect((await ask(`${world.origin}/v1/channels/ten:a/messages?after=first`)).json.messages).toHaveLength(1);
	});

	test("that are only read store nothing", async () => {
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
		await socket.next();
		for (const [ref, name] of names.slice(0, 1000).entries()) {
			socket.send({ op: "subscribe", ref, channel: `read:${name}` });
			socket.send({ op: "unsubscribe", ref, channel: `read:${name}` });
		}
		let answers = 0;
		while (answers < 2000) if ((await socket.next()).op === "ok") answers++;
		socket.close();
		expect((await ask(`${world.origin}/v1/channels?prefix=read:`)).json.channels).toEqual([]);
	});
});

describe("what is no request", () => {
	test.each([
		["nonsense", "hello\r\n\r\n"],
		["bytes of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
		["no host", "GET / HTTP/1.1\r\n\r\n"],
		["a space in the target", "GET /v1/ channels HTTP/1.1\r\nHost: x\r\n\r\n"],
		["a line break in a header's name", "GET / HTTP/1.1\r\nHost: x\r\nA\nB: c\r\n\r\n"],
		["a NUL in a header", "GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n"],
		["an unknown method", "HACK / HTTP/1.1\r\nHost: x\r\n\r\n"],
	])("%s is 400", async (_, text) => {
		expect(await sendRaw(text)).toMatch(/^HTTP\/1\.1 400 /);
	});

	test("bytes over 127 in a target are 400 or no route, never a fault", async () => {
		expect(await sendRaw("GET /v1/channels/\xff\xfe/messages HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
	});
});

describe("a forged cursor", () => {
	const forged = (epoch: string) => [
		"-",
		"~",
		".",
		"0",
		`${epoch}-`,
		`${epoch}--1`,
		`${epoch}-+1`,
		`${epoch}-1e9`,
		`${epoch}-0x1`,
		`${epoch}-9007199254740992`,
		`${epoch}-${"9".repeat(300)}`,
		`${epoch.repeat(30)}-1`,
		`${epoch}-1\u0000`,
		`${epoch}-1\n`,
		"__proto__-1x",
		"\ud83d\ude00-1",
	];

	test("is refused in every way, and truncated ones are refused or told as a gap", async () => {
		const { id } = (await ask(world.origin + path, { body: { n: 1 } })).json;
		const [epoch] = id.split("-");
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
		await socket.next();
		for (const bad of forged(epoch)) {
			const query = `${world.origin}${path}?after=${encodeURIComponent(bad)}`;
			const refusals = [
				await ask(query),
				await ask(`${query}&wait=9`),
				await ask(query, { headers: { Accept: "text/event-stream" } }),
				await refusedSocket(query),
			];
			expect(refusals.map(({ status, json }) => [status, json.code])).toEqual(Array(4).fill([400, "bad_cursor"]));
			socket.send({ op: "subscribe", channel: "a", after: bad });
			expect(await socket.next()).toMatchObject({ op: "error", code: "bad_cursor" });
		}
		socket.close();
		for (let end = 1; end < id.length; end++) {
			const { status, json } = await ask(`${world.origin}${path}?after=${id.slice(0, end)}`);
			expect(status === 400 ? json.code : json.gap.reason).toMatch(/^(bad_cursor|reset|unknown)$/);
		}
	});

	test("of another epoch or far ahead is told as a gap and comes home", async () => {
		const { id } = (await ask(world.origin + path, { body: { n: 1 } })).json;
		const [epoch] = id.split("-");
		for (const [cursor, reason] of [
			[`${epoch}-9007199254740991`, "unknown"],
			["constructor-1", "reset"],
			["A-0", "reset"],
			["0000000000000000-9007199254740991", "reset"],
		]) {
			const { status, json } = await ask(`${world.origin}${path}?after=${cursor}`);
			expect({ status, reason: json.gap?.reason }).toEqual({ status: 200, reason });
			const stream = await openEvents(`${world.origin}${path}`, { "Last-Event-ID": cursor });
			expect((await stream.take(2)).map(({ event }) => event)).toEqual(["$open", "$gap"]);
			stream.close();
		}
	});
});
