/** Text that tries to become another field, another block or another frame. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Block, openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectUnharmed } from "./unharmed.ts";

let world: World;
beforeAll(async () => {
	// Names as an access control would give them: anything that a user may call themselves.
	world = await startWorld({ authorize: (request) => ({ from: decodeURIComponent(String(request.headers["x-name"] ?? "")) }) });
});
afterEach(() => expectUnharmed(world));
afterAll(() => world.close());

const breaks = ["\r", "\n", "\r\n", "\n\n", "\r\r", "\n\r", "\u2028", "\u2029", "\u0085", "\v", "\f", "\0"];
const forged = "event: $gap\ndata: {}\nid: forged-1\n\nevent: x";

let unique = 0;
const fresh = () => `i${++unique}`;
const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;

/** The blocks of a stream from the first message to live. */
async function past(channel: string, query: string): Promise<Block[]> {
	const stream = await openEvents(at(channel, query));
	const [, ...blocks] = await stream.take(2);
	for (let block = await stream.next(); block?.event !== "$live"; block = await stream.next()) if (block) blocks.push(block);
	stream.close();
	return blocks;
}

test("data that holds line breaks of any kind is one block, whole in JSON and line by line in raw", async () => {
	for (const text of [
		...breaks.map((one) => `a${one}${forged.replaceAll("\n", one)}${one}`),
		forged,
		"\r".repeat(50),
		":",
		" a",
		"data",
	]) {
		const channel = fresh();
		const { id } = (await ask(at(channel), { body: text, headers: { "Content-Type": "text/plain" } })).json;
		const [json, ...more] = await past(channel, "?after=first");
		expect(more).toEqual([]);
		expect(json?.lines.map((line) => line.slice(0, line.indexOf(":")))).toEqual(["data", "id"]);
		expect(JSON.parse(json?.data ?? "").data).toBe(text);
		const [raw, ...others] = await past(channel, "?after=first&data=raw");
		expect(others).toEqual([]);
		expect(raw?.id).toBe(id);
		expect(raw?.data).toBe(text.replaceAll(/\r\n?/g, "\n"));
		expect(raw?.lines.every((line, i, all) => line.startsWith(i === all.length - 1 ? "id: " : "data: "))).toBe(true);
	}
});

test("an event, a key and an idempotency key hold no line break, however they come", async () => {
	const channel = fresh();
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	for (const one of ["\r", "\n", "\r\n", "\0", "\u0085"]) {
		const bad = `a${one}data: x`;
		for (const name of ["event", "key"]) {
			const code = `bad_${name}`;
			expect((await ask(at(channel, `?${name}=${encodeURIComponent(bad)}`), { body: {} })).json.code).toBe(code);
			const batch = await ask(`${world.origin}/v1/messages`, { body: [{ channel, data: 1, [name]: bad }] });
			expect(batch.json[0].code).toBe(code);
			socket.send({ op: "publish", channel, data: 1, [name]: bad });
			expect((await socket.next()).code).toBe(code);
			await expect(world.holdfast.publish(channel, 1, { [name]: bad })).rejects.toMatchObject({ code });
		}
		await expect(world.holdfast.publish(channel, 1, { idempotencyKey: bad })).rejects.toMatchObject({ code: "bad_key" });
	}
	socket.close();
	expect((await ask(at(channel, "?after=first"))).json.messages).toEqual([]);
});

test("line separators of JavaScript may stand in an event, and break nothing", async () => {
	const channel = fresh();
	await ask(at(channel, `?event=${encodeURIComponent("a\u2028b\u2029c")}`), { body: {} });
	expect(await past(channel, "?after=first")).toMatchObject([{ event: "a\u2028b\u2029c" }]);
});

test("a name from access control may hold anything, and breaks nothing", async () => {
	const channel = fresh();
	const name = `ann\r\n\n${forged}"}\u2028\0`;
	await ask(at(channel), { body: {}, headers: { "X-Name": encodeURIComponent(name) } });
	const blocks = await past(channel, "?after=first");
	expect(blocks.map(({ data }) => JSON.parse(data ?? "").from)).toEqual([name]);
	expect(await past(channel, "?after=first&data=raw")).toMatchObject([{ data: "{}" }]);
});

test("a cursor with a line break never comes back in an id", async () => {
	for (const bad of ["a-1\r", "a-1\nid: x", "a-1\r\n\r\nevent: x"]) {
		const answer = await ask(at("a", `?after=${encodeURIComponent(bad)}`), { headers: { Accept: "text/event-stream" } });
		expect(answer).toMatchObject({ status: 400, json: { code: "bad_cursor" } });
	}
	// A bare \r in a header: Node refuses the request, or trims it away.
	const raw = await openRaw(
		world.port,
		"GET /v1/channels/a/messages HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: a-1\rid: x\r\n\r\n",
	);
	expect(await raw.until("\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
	raw.close();
});

test("a channel's name cannot leave its place in a block or a frame", async () => {
	for (const bad of ['a"', "a\\", "a\n", "a,b", "a}", "<a>", "a\u2028"]) {
		expect((await ask(at(encodeURIComponent(bad)), { body: {} })).json.code).toBe("bad_channel");
		const [receipt] = (await ask(`${world.origin}/v1/messages`, { body: [{ channel: bad, data: 1 }] })).json;
		expect(receipt.code).toBe("bad_channel");
	}
});

test("a million newlines are a message like any other", async () => {
	const wide = await startWorld({ maxMessageBytes: 2 * 1024 * 1024 });
	const url = `${wide.origin}/v1/channels/a/messages`;
	const text = "\n".repeat(1_000_000);
	const { status, json } = await ask(url, { body: text, headers: { "Content-Type": "text/plain" } });
	expect(status).toBe(201);
	expect((await ask(`${url}?after=first`)).json.messages[0].data).toBe(text);
	const began = performance.now();
	const stream = await openEvents(`${url}?after=first&data=raw`);
	const [, block, live] = await stream.take(3);
	stream.close();
	expect(performance.now() - began).toBeLessThan(10_000);
	expect(block?.id).toBe(json.id);
	expect(block?.lines).toHaveLength(1_000_002);
	expect(live?.event).toBe("$live");
	const socket = await openSocket(`${url}?after=first`);
	expect((await socket.take(2))[1].data).toBe(text);
	socket.close();
	await expectUnharmed(wide);
	await wide.close();
});

test("64 Ki newlines pass under the limit that is set by default, beside readers of all kinds", async () => {
	const channel = fresh();
	const stream = await openEvents(at(channel, "?data=raw"));
	const socket = await openSocket(at(channel));
	await stream.take(2);
	await socket.take(2);
	const text = "\r\n".repeat(32 * 1024);
	expect((await ask(at(channel), { body: text, headers: { "Content-Type": "text/plain" } })).status).toBe(201);
	expect((await stream.next())?.lines).toHaveLength(32 * 1024 + 2);
	expect((await socket.next()).data).toBe(text);
	stream.close();
	socket.close();
});
