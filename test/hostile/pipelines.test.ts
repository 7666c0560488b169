/** Many requests on one connection, sent without waiting for answers. */
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectNobody, expectUnharmed } from "./unharmed.ts";

let world: World;
beforeEach(async () => {
	world = await startWorld();
});
afterEach(async () => {
	await expectUnharmed(world);
	await world.close();
});

const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const post = (target: string, body: string) =>
	`POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const path = "/v1/channels/a/messages";
const stream = get(path, "Accept: text/event-stream\r\n");
const publish = (data: unknown) => ask(world.origin + path, { body: { data } });

/** The body of the last answer in `text`, its chunks put together. Fails on what is not chunked rightly. */
function lastBody(text: string): string {
	let rest = text.slice(text.lastIndexOf("HTTP/1.1 "));
	rest = rest.slice(rest.indexOf("\r\n\r\n") + 4);
	let body = "";
	while (rest !== "") {
		const [line, size] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
		if (line === undefined || size === undefined) throw new Error(`not a chunk: ${JSON.stringify(rest.slice(0, 80))}`);
		const end = line.length + Number.parseInt(size, 16);
		if (rest.slice(end, end + 2) !== "\r\n") throw new Error(`a chunk without its end: ${JSON.stringify(rest)}`);
		body += rest.slice(line.length, end);
		rest = rest.slice(end + 2);
	}
	return body;
}

describe("requests on one connection", () => {
	test("are answered in their order", async () => {
		const raw = await openRaw(world.port, [1, 2, 3, 4].map((n) => post(path, `${n}`)).join("") + get(`${path}?last=4`));
		await raw.until('"more":false');
		raw.close();
		expect(raw.text.match(/HTTP\/1\.1 (\d+)/g)).toEqual([..."1111"].map(() => "HTTP/1.1 201").concat("HTTP/1.1 200"));
	});

	test.each([
		["a short poll", get(path)],
		["a publish", post(path, "x")],
		["an error", get("/v1/nothing")],
		["several polls", get(path).repeat(5)],
		["a short wait", get(`${path}?wait=1`)],
	])("that end with a stream behind %s leave it whole", async (_, before) => {
		const raw = await openRaw(world.port, before + stream);
		await raw.until("$live");
		await publish("live");
		await raw.until('"data":{"data":"live"}');
		raw.close();
		expect(lastBody(raw.text)).toMatch(/^event: \$open\n[\s\S]*\n\nevent: \$live\n[\s\S]*\n\ndata: \{[\s\S]*\n\n$/);
	});

	test("that end with a stream behind a long poll: it begins when the poll has been answered", async () => {
		const raw = await openRaw(world.port, get(`${path}?wait=30`) + stream);
		await readers({ longPoll: 1 });
		await publish("first");
		await raw.until("$live");
		await publish("second");
		await raw.until('{"data":"second"}');
		raw.close();
		expect(lastBody(raw.text)).toContain("event: $open");
	});

	test("behind a stream wait for ever, and are gone when the connection is", async () => {
		const raw = await openRaw(world.port, stream + get(`${path}?wait=50`) + stream + get(path));
		await raw.until("$live");
		await readers({ sse: 1, longPoll: 0 });
		raw.close();
		await expectNobody(world, "a");
	});

	test("that wait and are cut off leave nothing behind", async () => {
		const raw = await openRaw(world.port, get(`${path}?wait=50`).repeat(20) + stream);
		await readers({ longPoll: 1, sse: 0 });
		raw.close();
		await expectNobody(world, "a");
	});
});

/** The statuses of 600 answers of 1 MiB that are asked for in one packet and read after a while. */
async function statusesOf600(world: World): Promise<string[]> {
	const items = Array.from({ length: 16 }, () => ({ channel: "a", data: "x".repeat(60_000) }));
	await ask(`${world.origin}/v1/messages`, { body: items });
	const before = process.memoryUsage().rss;
	const socket = connect(world.port, "127.0.0.1").pause();
	socket.write(get(`${path}?last=16`).repeat(600));
	await new Promise((resolve) => setTimeout(resolve, 1000));
	expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
	const statuses: string[] = [];
	let text = "";
	for await (const chunk of socket) {
		text += chunk.toString("latin1");
		for (const [, status = ""] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) statuses.push(status);
		// One byte less than what is looked for: a chunk may end within it.
		text = text.slice(1 - "HTTP/1.1 200 ".length);
		if (statuses.length === 600) break;
	}
	return statuses;
}

test("600 polls of 1 MiB in one packet are not held in memory: in the fast lane one is answered after the other", async () => {
	expect(await statusesOf600(world)).toEqual(Array(600).fill("200"));
});

test("and without it, what is too many is told", async () => {
	const plain = await startWorld({}, (holdfast) => (request, response) => holdfast.handle(request, response));
	expect(await statusesOf600(plain)).toEqual([...Array(65).fill("200"), ...Array(535).fill("503")]);
	await expectUnharmed(plain);
	await plain.close();
});

test("a stream that is followed by requests without end is not buried under them", async () => {
	const raw = await openRaw(world.port, stream);
	await raw.until("$live");
	const packet = get(path).repeat(1000);
	const [socket] = world.sockets;
	let sent = 0;
	while (sent < 500 && raw.socket.writableLength < 1024 * 1024) {
		raw.write(packet);
		sent++;
		await new Promise((resolve) => setImmediate(resolve));
	}
	expect(sent).toBeLessThan(500);
	expect(socket?.isPaused()).toBe(true);
	await publish("still");
	await raw.until('"still"');
	raw.close();
});

async function readers(expected: object): Promise<void> {
	await expect.poll(async () => (await ask(`${world.origin}/v1/channels/a`)).json.readers).toMatchObject(expected);
}
