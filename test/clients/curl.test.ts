/** curl as people paste it, against the built command. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
	server = await startServer();
});
afterAll(() => server.kill("SIGTERM"));

const run = promisify(execFile);
const curl = async (...given: string[]) => (await run("curl", ["-sS", "--max-time", "30", ...given])).stdout;
const at = (channel: string, query = "") => `${server.url}/v1/channels/${channel}/messages${query}`;
const json = ["-H", "Content-Type: application/json"];

/** The body's own text, and behind it the status. */
const withStatus = ["-w", "\n%{http_code}"];

/** Lines of a curl that reads on. */
function follow(...given: string[]) {
	const child = spawn("curl", ["-sSN", "--max-time", "30", ...given]);
	const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
	return {
		async take(n: number): Promise<string[]> {
			const taken: string[] = [];
			while (taken.length < n) {
				const { value, done } = await lines.next();
				if (done) throw new Error(`curl ended after ${JSON.stringify(taken)}`);
				taken.push(value);
			}
			return taken;
		},
		async stop(): Promise<void> {
			child.kill();
			await once(child, "exit");
		},
	};
}

describe("curl publishes", () => {
	test("JSON, text and bytes, each under the type that it names", async () => {
		const receipt = JSON.parse(await curl(...json, "-d", '{"text":"hi"}', at("kinds", "?event=said")));
		expect(receipt).toEqual({ id: expect.any(String), channel: "kinds", time: expect.any(Number) });
		await curl("-H", "Content-Type: text/plain", "--data-binary", "two\nlines", at("kinds"));
		await curl("-H", "Content-Type: application/octet-stream", "--data-binary", "\u0001", at("kinds"));
		const { messages } = JSON.parse(await curl(at("kinds", "?after=first")));
		expect(messages).toMatchObject([
			{ ...receipt, data: { text: "hi" }, event: "said" },
			{ data: "two\nlines" },
			{ data: "AQ==", encoding: "base64" },
		]);
	});

	test("what it sends by itself is refused with the header to send", async () => {
		const [body = "", status] = (await curl(...withStatus, "-d", "hello", at("form"))).split("\n");
		expect(status).toBe("415");
		expect(JSON.parse(body).detail).toContain("Content-Type: application/json");
	});

	test("with an idempotency key twice, and stores once", async () => {
		const once = [...withStatus, ...json, "-H", "Idempotency-Key: order-1", "-d", "1", at("once")];
		const [first, second] = [(await curl(...once)).split("\n"), (await curl(...once)).split("\n")];
		expect([first[1], second[1]]).toEqual(["201", "200"]);
		expect(first[0]).toBe(second[0]);
	});

	test("a batch", async () => {
		const receipts = JSON.parse(
			await curl(...json, "-d", '[{"channel":"b1","data":1},{"channel":"b2","data":2}]', `${server.url}/v1/messages`),
		);
		expect(receipts).toMatchObject([{ channel: "b1" }, { channel: "b2" }]);
	});

	test("a file over the limit, and reads why not", async () => {
		const big = "x".repeat(100_000);
		const text = [...withStatus, "-H", "Content-Type: text/plain"];
		expect(await feed(big, ...text, "--data-binary", "@-", at("big"))).toMatch(/"too_large"\}\n413$/);
		const chunked = ["-H", "Transfer-Encoding: chunked", "-X", "POST", "-T", "-"];
		expect(await feed(big.repeat(5), ...text, ...chunked, at("big"))).toMatch(/"too_large"\}\n413$/);
	});
});

/** curl with something to read from its standard input, which it need not read to the end. */
async function feed(input: string, ...given: string[]): Promise<string> {
	const running = run("curl", ["-sS", "--max-time", "30", ...given]);
	running.child.stdin?.on("error", () => undefined).end(input);
	return (await running).stdout;
}

describe("curl reads", () => {
	test("by short polls, and goes on with next", async () => {
		for (const n of [1, 2, 3]) await curl(...json, "-d", `${n}`, at("polled"));
		const first = JSON.parse(await curl(at("polled", "?after=first&limit=2")));
		expect(first).toMatchObject({ messages: [{ data: 1 }, { data: 2 }], more: true });
		const rest = JSON.parse(await curl("-G", "-d", `after=${first.next}`, at("polled")));
		expect(rest).toMatchObject({ messages: [{ data: 3 }], more: false });
	});

	test("by a short poll with the tag of the last one, and is told that nothing is new", async () => {
		await curl(...json, "-d", "1", at("tagged"));
		const { next } = JSON.parse(await curl(at("tagged")));
		const url = at("tagged", `?after=${next}`);
		expect(await curl(...withStatus, "-H", `If-None-Match: "${next}"`, url)).toBe("\n304");
	});

	test.each([
		["?wait=25", []],
		["", ["-H", "Prefer: wait=25"]],
	])("by a long poll (%s %j)", async (query, headers) => {
		const channel = `waited${query.length}`;
		const waiting = curl(...headers, at(channel, query));
		await readers(channel, "longPoll");
		await curl(...json, "-d", '"now"', at(channel));
		expect(JSON.parse(await waiting)).toMatchObject({ messages: [{ data: "now" }] });
	});

	test("by an event stream, from the past into the present", async () => {
		const { id } = JSON.parse(await curl(...json, "-d", "1", at("streamed")));
		const stream = follow("-H", "Accept: text/event-stream", at("streamed", "?last=10"));
		const past = await stream.take(11);
		expect(past[0]).toBe("event: $open");
		expect(past).toContain(`id: ${id}`);
		expect(past.slice(-3)).toEqual(["event: $live", `data: {"next":"${id}"}`, ""]);
		await curl(...json, "-d", "2", at("streamed", "?event=said"));
		const [event, data, next] = await stream.take(3);
		expect(event).toBe("event: said");
		expect(JSON.parse(data?.slice(6) ?? "")).toMatchObject({ data: 2 });
		await stream.stop();

		await curl(...json, "-d", "3", at("streamed"));
		const again = follow("-H", "Accept: text/event-stream", "-H", `Last-Event-ID: ${next?.slice(4)}`, at("streamed"));
		const blocks = (await again.take(8)).join("\n");
		expect(blocks).toContain('"data":3');
		await again.stop();
	});

	test("the bare data of an event stream", async () => {
		await curl("-H", "Content-Type: text/plain", "--data-binary", "two\nlines", at("bare"));
		const stream = follow("-H", "Accept: text/event-stream", at("bare", "?after=first&data=raw"));
		expect((await stream.take(8)).slice(5, 7)).toEqual(["data: two", "data: lines"]);
		await stream.stop();
	});

	test("several channels at once", async () => {
		await curl(...json, "-d", '[{"channel":"s1","data":1},{"channel":"s2","data":2}]', `${server.url}/v1/messages`);
		const { messages } = JSON.parse(await curl(`${server.url}/v1/messages?channel=s1&channel=s2&after=first`));
		expect(messages).toHaveLength(2);
	});

	test("with --compressed, with -I, with --http1.0 and through a proxy's form of the target", async () => {
		await curl(...json, "-d", "1", at("forms"));
		const url = at("forms", "?after=first");
		expect(JSON.parse(await curl("--compressed", url)).messages).toHaveLength(1);
		expect(await curl("-I", url)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*ETag: "/);
		expect(JSON.parse(await curl("--http1.0", url)).messages).toHaveLength(1);
		expect(JSON.parse(await curl("--request-target", url, server.url)).messages).toHaveLength(1);
	});
});

async function readers(channel: string, kind: string): Promise<void> {
	const count = async () => JSON.parse(await curl(`${server.url}/v1/channels/${channel}`)).readers[kind];
	await expect.poll(count).toBe(1);
}
