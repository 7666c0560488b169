import { once } from "node:events";
import { memoryLog } from "@holdfast/server";
import { World, type WorldOptions } from "@holdfast/server/testing";
import { afterEach, describe, expect, test } from "vitest";
import { run } from "../program.ts";
import { fakeServer, type TestIo, testIo } from "../testing.ts";
import { transports } from "./open.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function start(options: WorldOptions = {}): Promise<{ world: World; url: string }> {
	const world = await World.start(memoryLog(), options);
	open.push(world);
	return { world, url: `http://127.0.0.1:${world.port}` };
}

async function tail(url: string, arguments_: string[], io: TestIo = testIo()) {
	const code = await run(["tail", "chat", "--url", url, "--interval", "50ms", ...arguments_], io);
	return { code, io, out: io.out.text, err: io.err.text };
}

/** Without which way it took: on a busy machine a worse one may be first. */
const wordsOf = (err: string) => err.replace(/^· now over .*\n/gm, "");

const dataOf = (text: string) => text.split("\n").flatMap((line) => (line === "" ? [] : JSON.parse(line).data));

describe.each(transports)("over %s", (transport) => {
	test("prints what there is and what comes, and ends after so many", async () => {
		const { world, url } = await start();
		for (const n of [1, 2, 3]) await world.publish("chat", n);
		const io = testIo();
		const ended = tail(url, ["--last", "2", "--count", "4", "--json", "--transport", transport], io);
		await expect.poll(() => dataOf(io.out.text)).toEqual([2, 3]);
		for (const n of [4, 5, 6]) await world.publish("chat", n);
		expect((await ended).code).toBe(0);
		expect(dataOf(io.out.text)).toEqual([2, 3, 4, 5]);
		if (transport === "auto") expect(io.err.text).toMatch(/^(· now over (websocket|sse|long-poll|poll)\n)+$/);
		else expect(io.err.text).toBe("");
	});

	test("what is refused ends with 1 and the server's words", async () => {
		const { url } = await start({ authorize: () => "forbidden" });
		const { code, err } = await tail(url, ["--transport", transport]);
		expect([code, wordsOf(err)]).toEqual([1, "holdfast: 403 forbidden: You may not read chat.\n"]);
	});

	test("a token is sent, and no trace shows it", async () => {
		const { world, url } = await start({
			authorize: ({ headers }) => headers.authorization === "Bearer top-secret" || "unauthorized",
		});
		expect(await tail(url, ["--transport", transport])).toMatchObject({ code: 1, err: expect.stringContaining("401") });
		for (const n of [1, 2]) await world.holdfast.publish("chat", n);
		const arguments_ = ["--after", "first", "--count", "1", "--json", "--token", "top-secret", "--trace"];
		const { code, out, err } = await tail(url, [...arguments_, "--transport", transport]);
		expect([code, dataOf(out)]).toEqual([0, [1]]);
		expect(err).toMatch(/> (Authorization: Bearer|.*"op":"auth","token":") ?…/);
		expect(err).not.toContain("top-secret");
	});

	test("a server that was never there is exit code 3", async () => {
		const server = await fakeServer(() => undefined);
		await server.close();
		const { code, err } = await tail(server.url, ["--transport", transport]);
		expect([code, err]).toEqual([3, expect.stringMatching(/^holdfast: 127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/)]);
	});

	test("a server that comes back is told, and nothing is lost or comes twice", async () => {
		const log = memoryLog();
		const { world, url } = await start();
		await world.restart(log);
		await world.publish("chat", 1);
		const io = testIo();
		const ended = tail(url, ["--after", "first", "--count", "2", "--json", "--transport", transport], io);
		await expect.poll(() => dataOf(io.out.text)).toEqual([1]);
		await world.restart(log);
		await world.publish("chat", 2);
		expect(await ended).toMatchObject({ code: 0 });
		expect(dataOf(io.out.text)).toEqual([1, 2]);
		// A short poll may not have noticed.
		if (transport !== "poll") expect(io.err.text).toMatch(/holdfast: 127\.0\.0\.1:\d+: .*; trying again\n(.*\n)*· now over /);
	});

	test("asked to stop, it ends with 0 and without a word", async () => {
		const { world, url } = await start();
		await world.publish("chat", 1);
		const io = testIo();
		const ended = tail(url, ["--after", "first", "--transport", transport], io);
		await once(io.stdout, "data");
		io.abort();
		const { code, err } = await ended;
		expect([code, wordsOf(err)]).toEqual([0, ""]);
	});

	test("while nobody takes its output little is read, and then all of it arrives", async () => {
		const { world, url } = await start();
		const count = 3000;
		const lines = Array.from({ length: count }, (_, i) => `${i} ${"x".repeat(1000)}`);
		for (const line of lines) await world.holdfast.publish("chat", line);
		const io = testIo();
		io.stdout.pause();
		const arguments_ = ["--after", "first", "--count", String(count), "--json", "--transport", transport];
		const ended = tail(url, arguments_, io);
		await expect.poll(() => io.stdout.writableNeedDrain).toBe(true);
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(io.stdout.writableLength + io.stdout.readableLength).toBeLessThan(100_000);
		io.stdout.resume();
		expect(await ended).toMatchObject({ code: 0 });
		expect(dataOf(io.out.text)).toEqual(lines);
	});
});

test("a gap is a line of its own in JSON, and told on standard error otherwise", async () => {
	const { world, url } = await start();
	await world.publish("chat", "hello");
	const arguments_ = ["--after", "another-9", "--count", "1", "--transport", "sse"];
	const [gap, message] = (await tail(url, [...arguments_, "--json"])).out.split("\n").map((line) => line && JSON.parse(line));
	expect(gap).toEqual({ gap: { channel: "chat", after: "another-9", next: expect.stringMatching(/-0$/), reason: "reset" } });
	const { out, err } = await tail(url, arguments_);
	expect(err).toBe(
		`gap in chat: what followed another-9 is gone (the channel began a new life); going on after ${gap.gap.next}\n`,
	);
	expect(out).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} {2}${message.id} {2}hello\\n$`));
});

test("bytes are printed as the wire has them", async () => {
	const { world, url } = await start();
	await world.publish("chat", Uint8Array.of(0, 255), { event: "raw" });
	const { out } = await tail(url, ["--after", "first", "--count", "1", "--json"]);
	expect(JSON.parse(out)).toMatchObject({ data: "AP8=", encoding: "base64", event: "raw" });
});

test("of several channels one that is refused ends it, by name", async () => {
	const { url } = await start({ authorize: (_, channel) => channel !== "secret" });
	const { code, err } = await tail(url, ["secret", "--transport", "sse"]);
	expect([code, err]).toEqual([1, "holdfast: 403 forbidden: You may not read secret.\n"]);
});

test("a server that is only busy is waited for, as long as it asks", async () => {
	let asked = 0;
	const { world, url } = await start({
		authorize() {
			if (++asked <= 2) throw new Error("the database is away");
			return true;
		},
	});
	await world.holdfast.publish("chat", 1);
	const began = Date.now();
	const { code, err } = await tail(url, ["--after", "first", "--count", "1", "--transport", "long-poll"]);
	expect(code).toBe(0);
	expect(Date.now() - began).toBeGreaterThanOrEqual(2000);
	expect(err).toMatch(/^holdfast: 503 overloaded: .*; trying again\n/);
});

test("what is no Holdfast is exit code 3, with what it said", async () => {
	const server = await fakeServer((_, response) => void response.writeHead(404, { "Content-Type": "text/html" }).end("<p>"));
	open.push(server);
	const { code, err } = await tail(server.url, ["--transport", "sse"]);
	expect([code, err]).toEqual([3, expect.stringMatching(/^holdfast: 127\.0\.0\.1:\d+: .*404.*\n$/)]);
});
