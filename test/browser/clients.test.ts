/** Chromium's own `EventSource` and `WebSocket`, in a page without any script of ours. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publish } from "../support/publish.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { eventually } from "./console-page.ts";

interface Heard {
	readonly event: string;
	readonly id: string;
	readonly data: string;
}

/** What the scripts in the page leave for the test. */
interface Bench {
	heard: Heard[];
	frames: unknown[];
	socket: WebSocket;
	source: EventSource;
	states: number[];
}

declare const bench: Bench;

let browser: Browser;
let server: RunningServer;
let other: { readonly origin: string; close(): void };

beforeAll(async () => {
	browser = await launchChromium();
	other = await blankServer();
	server = await startServer();
});

afterAll(async () => {
	await browser.close();
	other.close();
	await server.kill("SIGTERM");
});

/** A page of `origin`; an answer in JSON is enough of a page, and brings no policy with it. */
async function bare(origin = server.url): Promise<Page> {
	const context = await browser.newContext();
	onTestFinished(() => context.close());
	const page = await context.newPage();
	await page.goto(`${origin}/v1/channels/blank`);
	await page.evaluate(() => Object.assign(globalThis, { bench: { heard: [], frames: [], states: [] } }));
	return page;
}

async function blankServer() {
	const blank = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!doctype html>"));
	await new Promise<void>((resolve) => {
		blank.listen(0, "127.0.0.1", resolve);
	});
	const origin = `http://127.0.0.1:${(blank.address() as AddressInfo).port}`;
	return {
		origin,
		close() {
			blank.closeAllConnections();
			blank.close();
		},
	};
}

function listen(page: Page, url: string, names: string[]): Promise<void> {
	return page.evaluate(
		([address, events]) =>
			new Promise<void>((resolve) => {
				bench.source = new EventSource(address);
				bench.source.onopen = () => resolve();
				bench.source.onerror = () => bench.states.push(bench.source.readyState);
				for (const name of events) {
					bench.source.addEventListener(name, ({ type, lastEventId, data }) => {
						bench.heard.push({ event: type, id: lastEventId, data });
					});
				}
			}),
		[url, names] as const,
	);
}

function connect(page: Page, url: string, protocols: string[] = []): Promise<string> {
	return page.evaluate(
		([address, offered]) =>
			new Promise<string>((resolve) => {
				bench.socket = new WebSocket(address, offered);
				bench.socket.onmessage = ({ data }) => bench.frames.push(JSON.parse(data));
				bench.socket.onopen = () => resolve(`open ${bench.socket.protocol}`.trim());
				bench.socket.onclose = ({ code }) => resolve(`closed ${code}`);
			}),
		[url.replace(/^http/, "ws"), protocols] as const,
	);
}

const heard = (page: Page) => page.evaluate(() => bench.heard);
const frames = (page: Page) => page.evaluate(() => bench.frames);

describe("EventSource", () => {
	test("hears messages and named events, with their ids", async () => {
		const page = await bare();
		await listen(page, `${server.url}/v1/channels/heard/messages?after=first`, ["$open", "$live", "message", "said"]);
		const first = await publish(server.url, "heard", "plain\r\nin two lines");
		const second = await publish(server.url, "heard", { n: 1 }, "said");
		await eventually(async () => (await heard(page)).map(({ event }) => event), ["$open", "$live", "message", "said"]);
		const [, , message, said] = await heard(page);
		expect([message?.id, said?.id]).toEqual([first.id, second.id]);
		expect(JSON.parse(message?.data ?? "")).toMatchObject({ id: first.id, data: "plain\r\nin two lines" });
		expect(JSON.parse(said?.data ?? "")).toMatchObject({ id: second.id, data: { n: 1 }, event: "said" });
	});

	test("comes back by itself after a restart of the server, and misses nothing", async () => {
		const folder = temporaryFolder();
		const durable = await startServer({ args: ["--data", folder.path] });
		onTestFinished(async () => {
			await durable.kill();
			folder.remove();
		});
		const page = await bare(durable.url);
		const cameBack: (string | undefined)[] = [];
		page.on("request", async (request) => {
			if (request.resourceType() === "eventsource") cameBack.push((await request.allHeaders())["last-event-id"]);
		});
		await listen(page, `${durable.url}/v1/channels/kept/messages?after=first`, ["message", "$gap"]);
		const sent: string[] = [];
		for (let n = 0; n < 5; n++) sent.push((await publish(durable.url, "kept", n)).id);
		await eventually(async () => (await heard(page)).map(({ id }) => id), sent);
		for (const signal of ["SIGKILL", "SIGTERM"] as const) {
			await durable.kill(signal);
			await durable.restart();
			for (let n = 0; n < 5; n++) sent.push((await publish(durable.url, "kept", n)).id);
			await eventually(async () => (await heard(page)).map(({ id }) => id), sent);
		}
		expect((await heard(page)).every(({ event }) => event === "message")).toBe(true);
		expect(cameBack[0]).toBeUndefined();
		expect(cameBack).toContain(sent[4]);
		expect(cameBack).toContain(sent[9]);
		// It never gave up, which it would do for ever.
		expect(await page.evaluate(() => bench.states)).not.toContain(2);
	});

	test("is refused for good where a reader asks for what cannot be", async () => {
		const page = await bare();
		const refused = page.waitForResponse((response) => response.url().includes("forged"));
		await page.evaluate((address) => {
			bench.source = new EventSource(address);
			bench.source.onerror = () => bench.states.push(bench.source.readyState);
		}, `${server.url}/v1/channels/heard/messages?after=forged`);
		expect((await refused).status()).toBe(400);
		await eventually(() => page.evaluate(() => bench.states), [2]);
	});
});

describe("WebSocket, plain form", () => {
	test("receives what is published, and publishes what it sends", async () => {
		const page = await bare();
		expect(await connect(page, `${server.url}/v1/channels/plain/messages?after=first`)).toBe("open");
		await page.evaluate(() => {
			bench.socket.send('{"json":[1,true,null]}');
			bench.socket.send("not JSON");
			bench.socket.send(new Uint8Array([0, 1, 254, 255]));
			bench.socket.send(new Blob(["a blob"]));
		});
		await eventually(async () => (await frames(page)).length, 6);
		const binary = (data: string) => ({ data, encoding: "base64" });
		expect(await frames(page)).toMatchObject([
			{ op: "open" },
			{ op: "live" },
			{ channel: "plain", data: { json: [1, true, null] } },
			{ data: "not JSON" },
			binary("AAH+/w=="),
			binary("YSBibG9i"),
		]);
		const polled = await fetch(`${server.url}/v1/channels/plain/messages?after=first`);
		expect((await polled.json()).messages).toEqual((await frames(page)).slice(2));
	});

	test("is closed with 4513 by a message that is too large", async () => {
		const page = await bare();
		await connect(page, `${server.url}/v1/channels/plain-large/messages`);
		const code = await page.evaluate(
			() =>
				new Promise<number>((resolve) => {
					bench.socket.onclose = (event) => resolve(event.code);
					bench.socket.send("x".repeat(65 * 1024));
				}),
		);
		expect(code).toBe(4513);
	});
});

describe("WebSocket, full form", () => {
	const send = (page: Page, operation: object) => page.evaluate((text) => bench.socket.send(text), JSON.stringify(operation));

	test("subscribes, publishes and is answered by its own numbers", async () => {
		const page = await bare();
		const before = await publish(server.url, "full-form", "before");
		expect(await connect(page, `${server.url}/v1/socket`, ["holdfast.v1"])).toBe("open holdfast.v1");
		await send(page, { op: "subscribe", ref: 1, channel: "full-form", after: "first" });
		await eventually(async () => (await frames(page)).length, 4);
		await send(page, { op: "publish", ref: 2, channel: "full-form", data: "AP8=", encoding: "base64", event: "raw" });
		await eventually(async () => (await frames(page)).length, 6);
		await send(page, { op: "ping", ref: 3 });
		await send(page, { op: "unsubscribe", ref: 4, channel: "full-form" });
		await page.evaluate(() => bench.socket.send("{half"));
		await eventually(async () => (await frames(page)).length, 9);
		const told = (await frames(page)) as { op: string }[];
		expect(told.slice(0, 4)).toMatchObject([
			{ op: "hello" },
			{ op: "ok", ref: 1 },
			{ op: "message", channel: "full-form", id: before.id, data: "before" },
			{ op: "live", channel: "full-form", next: before.id },
		]);
		// The receipt and the message leave by different doors, so either may come first.
		expect(told.slice(4, 6)).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ op: "ok", ref: 2 }),
				expect.objectContaining({ op: "message", data: "AP8=", encoding: "base64", event: "raw" }),
			]),
		);
		expect(told.slice(6)).toMatchObject([
			{ op: "pong", ref: 3 },
			{ op: "ok", ref: 4 },
			{ op: "error", code: "bad_json" },
		]);
	});

	test("is refused without its subprotocol", async () => {
		expect(await connect(await bare(), `${server.url}/v1/socket`)).toBe("closed 1006");
	});
});

describe("a page of another origin", () => {
	const tries = async (url: string) => {
		const page = await bare(other.origin);
		const got = (path: string, init?: RequestInit) =>
			page.evaluate(
				([address, options]) =>
					fetch(address, options).then(
						(response) => response.status,
						() => "refused",
					),
				[`${url}${path}`, init] as const,
			);
		const stream = `${url}/v1/channels/foreign/messages`;
		return {
			plain: await connect(page, stream),
			full: await connect(page, `${url}/v1/socket`, ["holdfast.v1"]),
			read: await got("/v1/channels/foreign/messages"),
			publish: await got("/v1/channels/foreign/messages", {
				method: "POST",
				headers: { "Content-Type": "application/json" },
				body: '"forged"',
			}),
			events: await page.evaluate(
				(address) =>
					new Promise<string>((resolve) => {
						bench.source = new EventSource(address);
						bench.source.onopen = () => resolve("open");
						bench.source.onerror = () => resolve("refused");
					}),
				stream,
			),
		};
	};

	test("can neither read nor publish", async () => {
		expect(await tries(server.url)).toEqual({
			plain: "closed 1006",
			full: "closed 1006",
			read: "refused",
			publish: "refused",
			events: "refused",
		});
		const kept = await fetch(`${server.url}/v1/channels/foreign/messages?after=first`);
		expect((await kept.json()).messages).toEqual([]);
	});

	test("can do both where its origin is listed", async () => {
		const open = await startServer({ args: ["--memory", "--cors", other.origin] });
		onTestFinished(async () => void (await open.kill()));
		expect(await tries(open.url)).toEqual({
			plain: "open",
			full: "open holdfast.v1",
			read: 200,
			publish: 201,
			events: "open",
		});
	});
});
