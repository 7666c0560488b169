/** `holdfast publish` and `holdfast tail` as people and scripts use them: pipes, restarts, signals and exit codes. */
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataOf, describeChannel, folder, holdfast, holdfastDone, serve, transports } from "./command.ts";

/** One `tail` over each transport, side by side. */
const tails = (url: string, ...arguments_: readonly string[]) =>
	transports.map((transport) => ({ transport, ...holdfast(["tail", ...arguments_, "--transport", transport, "--url", url]) }));

describe("publish and tail", () => {
	test("lines that are published arrive over each transport, in order", async () => {
		const server = await serve("--memory");
		const env = { HOLDFAST_URL: server.url };
		const count = 300;
		const readers = tails(server.url, "chat", "--json", "--after", "first", "--count", String(count), "--interval", "50ms");
		const lines = Array.from({ length: count }, (_, i) => `line ${i}`);
		const published = await holdfastDone(["publish", "chat", "-", "--event", "said"], env, `${lines.join("\n")}\n`);
		expect(published).toMatchObject({
			code: 0,
			err: "",
			out: expect.stringMatching(/^published 300 messages to chat in \d+\.\d s\n$/),
		});
		for (const { transport, ended, out } of readers) {
			expect(await ended, transport).toBe(0);
			expect(dataOf(out()), transport).toEqual(lines);
		}
	});

	test("over each transport it goes on where it was when the server comes back on the same folder", async () => {
		const data = join(folder, "restart");
		const first = await serve("--data", data);
		const env = { HOLDFAST_URL: first.url };
		const readers = tails(first.url, "chat", "--json", "--after", "first", "--count", "4", "--interval", "100ms");
		await holdfastDone(["publish", "chat", "-"], env, "1\n2\n");
		for (const { transport, out } of readers) {
			await expect.poll(() => dataOf(out()), { timeout: 10_000, message: transport }).toEqual(["1", "2"]);
		}
		first.child.kill("SIGKILL");
		await first.ended;
		const second = await serve("--data", data, "--port", first.port);
		await holdfastDone(["publish", "chat", "-"], { HOLDFAST_URL: second.url }, "3\n4\n");
		for (const { transport, ended, out } of readers) {
			expect(await ended, transport).toBe(0);
			expect(dataOf(out()), transport).toEqual(["1", "2", "3", "4"]);
			expect(out(), transport).not.toContain("gap");
		}
	});

	test("a server that lost its messages is told as a gap", async () => {
		const first = await serve("--memory");
		const reader = holdfast(["tail", "chat", "--json", "--after", "first", "--count", "2", "--url", first.url]);
		await holdfastDone(["publish", "chat", "1", "--url", first.url]);
		await expect.poll(reader.out, { timeout: 10_000 }).toContain('"data":"1"');
		first.child.kill("SIGKILL");
		await first.ended;
		const second = await serve("--memory", "--port", first.port);
		await holdfastDone(["publish", "chat", "2", "--url", second.url]);
		expect(await reader.ended).toBe(0);
		const [, gap, last] = reader
			.out()
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(gap).toMatchObject({ gap: { channel: "chat", reason: "reset" } });
		expect(last).toMatchObject({ data: "2" });
	});

	test("publishing goes on over a restart and stores each line once", async () => {
		const data = join(folder, "once");
		const first = await serve("--data", data);
		const publisher = holdfast(["publish", "chat", "-", "--url", first.url]);
		publisher.child.stdin.write("1\n2\n");
		await expect.poll(async () => (await describeChannel(first.url, "chat")).messages, { timeout: 10_000 }).toBe(2);
		first.child.kill("SIGKILL");
		await first.ended;
		publisher.child.stdin.end("3\n4\n");
		await expect.poll(publisher.err, { timeout: 10_000 }).toContain("again in");
		const second = await serve("--data", data, "--port", first.port);
		expect(await publisher.ended).toBe(0);
		expect(publisher.out()).toMatch(/^published 4 messages to chat in /);
		const { out } = await holdfastDone(["tail", "chat", "--json", "--after", "first", "--count", "4", "--url", second.url]);
		expect(dataOf(out)).toEqual(["1", "2", "3", "4"]);
	});

	test("several channels are read at once over every transport, and lines name theirs", async () => {
		const server = await serve("--memory");
		const env = { HOLDFAST_URL: server.url };
		for (const channel of ["a", "b"]) await holdfastDone(["publish", channel, `to ${channel}`], env);
		for (const { transport, ended, out } of tails(server.url, "a", "b", "--after", "first", "--count", "2")) {
			expect(await ended, transport).toBe(0);
			expect(
				out()
					.split("\n")
					.map((line) => line.slice(25))
					.sort(),
				transport,
			).toEqual(["", expect.stringMatching(/^a {2}\S+ {2}to a$/), expect.stringMatching(/^b {2}\S+ {2}to b$/)]);
		}
	});

	test("refused lines are named and make exit code 1, and the others are kept", async () => {
		const server = await serve("--memory", "--max-message-bytes", "10B");
		const { code, out, err } = await holdfastDone(
			["publish", "chat", "-", "--url", server.url],
			{},
			`short\n${"x".repeat(11)}\nalso\n`,
		);
		expect(code).toBe(1);
		expect(err).toMatch(/^holdfast: line 2: too_large: .*\n$/);
		expect(out).toMatch(/^published 2 messages to chat in .*, 1 refused\n$/);
	});

	test("a server that is not there is exit code 3", async () => {
		const free = createServer().listen(0, "127.0.0.1");
		await once(free, "listening");
		const url = `http://127.0.0.1:${(free.address() as { port: number }).port}`;
		free.close();
		for (const arguments_ of [
			["tail", "chat"],
			["publish", "chat", "x", "--retry-for", "0"],
		]) {
			const { code, err } = await holdfastDone([...arguments_, "--url", url]);
			expect([code, err]).toEqual([3, expect.stringMatching(/^holdfast: 127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/)]);
		}
	});

	test.each(["SIGINT", "SIGTERM"] as const)("tail ends on %s with 0 and without a word", async (signal) => {
		const server = await serve("--memory");
		for (const { transport, child, ended, out, err } of tails(server.url, "chat", "--trace")) {
			await expect.poll(err, { timeout: 10_000, message: transport }).toMatch(/< (HTTP|event: \$live|fin=1)|wait=25/);
			child.kill(signal);
			expect(await ended, transport).toBe(0);
			expect(out(), transport).toBe("");
		}
	});

	test("when whoever reads its output goes away, tail ends quietly", async () => {
		const server = await serve("--memory");
		await holdfastDone(["publish", "chat", "-", "--url", server.url], {}, "x\n".repeat(1000));
		const reader = holdfast(["tail", "chat", "--after", "first", "--url", server.url]);
		await once(reader.child.stdout, "data");
		reader.child.stdout.destroy();
		await holdfastDone(["publish", "chat", "-", "--url", server.url], {}, "x\n".repeat(1000));
		expect(await reader.ended).toBe(0);
		expect(reader.err()).toMatch(/^(· now over .*\n)*$/);
	});
});

describe("tail --trace", () => {
	/** What each transport showed, line by line: of one server, for all tests. */
	let traces: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
	async function trace() {
		const server = await serve("--memory");
		await holdfastDone(["publish", "chat", "hello", "--url", server.url]);
		await holdfastDone(["publish", "chat", "x".repeat(300), "--url", server.url]);
		const shown = new Map<string, readonly string[]>();
		for (const { transport, ended, out, err } of tails(server.url, "chat", "--last", "2", "--count", "2", "--json", "--trace")) {
			expect(await ended, transport).toBe(0);
			expect(dataOf(out()), transport).toEqual(["hello", "x".repeat(300)]);
			shown.set(transport, err().split("\n"));
		}
		return shown;
	}
	async function linesOf(transport: string): Promise<readonly string[]> {
		traces ??= trace();
		return (await traces).get(transport) ?? [];
	}

	test.each(["poll", "long-poll"])("shows the request and the answer of each %s", async (transport) => {
		expect(await linesOf(transport)).toEqual(
			expect.arrayContaining([
				"> GET /v1/messages?from=chat:last.2&limit=500 HTTP/1.1",
				expect.stringMatching(/^> host: 127\.0\.0\.1:\d+$/),
				"< HTTP/1.1 200 OK",
				"< Content-Type: application/json",
				expect.stringMatching(/^< ETag: "\S+"$/),
				expect.stringMatching(/^< \{"messages":\[.*…$/),
				expect.stringMatching(/^= a body of \d+ bytes$/),
			]),
		);
	});

	test("shows the fields of an event stream", async () => {
		expect(await linesOf("sse")).toEqual(
			expect.arrayContaining([
				"> Accept: text/event-stream",
				"< Content-Type: text/event-stream",
				"< event: $open",
				expect.stringMatching(/^< retry: \d+$/),
				expect.stringMatching(/^< data: \{"id":.*"data":"hello"/),
				expect.stringMatching(/^< id: \S+1$/),
			]),
		);
	});

	test("shows a WebSocket's handshake, how its accept value is made, and its frames both ways", async () => {
		const lines = await linesOf("websocket");
		const key = lines.find((line) => line.startsWith("> Sec-WebSocket-Key: "))?.slice(21) ?? "";
		const accept = lines.find((line) => line.startsWith("< Sec-WebSocket-Accept: "))?.slice(24) ?? "";
		expect(lines).toContain("< HTTP/1.1 101 Switching Protocols");
		expect(lines).toContain(`=   + GUID  ${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
		expect(lines).toContain(`=   base64  ${accept}  (what the server sent)`);
		expect(lines).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/^< fin=1 {2}opcode=1 text {2}unmasked {2}length=\d+ \(7-bit form\) {2}\{"op":"hello"/),
				expect.stringMatching(/^> fin=1 {2}opcode=1 text {2}mask=[0-9a-f]{8} {2}length=\d+ \(7-bit form\) {2}\{"op":"subscribe"/),
				expect.stringMatching(/^< fin=1 {2}opcode=1 text {2}unmasked {2}length=\d{3} \(16-bit form\) {2}\{"op":"message".*…$/),
				expect.stringMatching(/^> fin=1 {2}opcode=8 close {2}mask=[0-9a-f]{8} {2}length=2 \(7-bit form\) {2}code 1000$/),
			]),
		);
	});
});
