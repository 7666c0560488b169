import type { Browser, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publish } from "../support/publish.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { eventually, offsets, openConsole, type Transport, transportLabels, transports, upTo } from "./console-page.ts";

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
	browser = await launchChromium();
	server = await startServer();
});

afterAll(async () => {
	await browser.close();
	await server.kill("SIGTERM");
});

/** A console that is gone after the test and must have had no error until then. */
async function console(hash: Record<string, string>, url = server.url) {
	const opened = await openConsole(browser, url, hash);
	onTestFinished(async () => {
		await opened.close();
		expect(opened.errors).toEqual([]);
	});
	return opened;
}

const reads: Readonly<Record<Exclude<Transport, "websocket">, (request: Request) => boolean>> = {
	poll: (request) => request.resourceType() === "fetch" && !request.url().includes("wait="),
	"long-poll": (request) => request.resourceType() === "fetch" && request.url().includes("wait="),
	sse: (request) => request.resourceType() === "eventsource",
};

describe.each(transports)("by %s", (transport) => {
	test("the page shows what it and others publish, in order", async () => {
		const channel = `shows-${transport}`;
		const { page, state, publish: type, rows } = await console({ channel, transport, begin: "now" });
		await state(`Live by ${transportLabels[transport]}`);
		await type("typed here");
		await page.getByText(/^Stored as \S+-1 in \d+ ms$/).waitFor();
		await publish(server.url, channel, { n: 2 });
		await publish(server.url, channel, "named", "a name that nobody listens for");
		await publish(server.url, channel, "also named", "error");
		await publish(server.url, channel, new Uint8Array([1, 2, 255]));
		const expected = ["typed here", '{"n":2}', "named", "also named", "AQL/"];
		await eventually(async () => (await rows()).map(({ data }) => data), expected);
		expect(offsets((await rows()).map(({ id }) => id))).toEqual(upTo(5));
	});

	test("the page really reads that way", async () => {
		const { page, state, choose } = await console({ channel: "way", transport: "poll" });
		const used = transport === "websocket" ? page.waitForEvent("websocket") : page.waitForRequest(reads[transport]);
		await choose(transportLabels[transport]);
		await used;
		await state(`Live by ${transportLabels[transport]}`);
	});

	test("the page tells a gap, and goes on after it", async () => {
		const small = await startServer({ args: ["--memory", "--retention-messages", "3"] });
		onTestFinished(async () => void (await small.kill()));
		const { page, state, choose, ids } = await console({ channel: "gap", transport }, small.url);
		await publish(small.url, "gap", "seen");
		await state("Live");
		await eventually(async () => offsets(await ids()), [1]);
		await choose("Pause");
		for (let n = 0; n < 8; n++) await publish(small.url, "gap", n);
		await choose("Continue");
		await page.getByText(/^Gap \(expired\): messages after \S+-1 are gone/).waitFor();
		await eventually(async () => offsets(await ids()), [1, 7, 8, 9]);
	});
});

test("switching the transport in mid-stream loses nothing and repeats nothing", async () => {
	const channel = "switching";
	const { state, choose, ids } = await console({ channel, transport: "poll", begin: "first", interval: "500" });
	await state("Live");
	let published = 0;
	let publishing = true;
	const publisher = (async () => {
		while (publishing && published < 400) {
			published += 1;
			await publish(server.url, channel, published, published % 5 === 0 ? `name ${published}` : undefined);
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	})();
	const order = ["WebSocket", "SSE", "Long poll", "Short poll", "SSE", "WebSocket", "Long poll", "WebSocket"];
	for (const label of order) {
		await choose(label);
		// Sometimes before the new way is even open, sometimes in the middle of its stream.
		if (label !== "SSE") await state(`Live by ${label}`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	publishing = false;
	await publisher;
	expect(published).toBeGreaterThan(50);
	await eventually(async () => offsets(await ids()), upTo(published));
});

test("a server that is killed and comes back costs no message, by any transport", async () => {
	const folder = temporaryFolder();
	const durable = await startServer({ args: ["--data", folder.path] });
	onTestFinished(async () => {
		await durable.kill();
		folder.remove();
	});
	const open = (transport: Transport) => console({ channel: "lasting", transport, begin: "first", interval: "500" }, durable.url);
	const pages = await Promise.all(transports.map(open));
	await Promise.all(pages.map(({ state }) => state("Live")));
	for (let n = 1; n <= 5; n++) await publish(durable.url, "lasting", n);
	await durable.kill("SIGKILL");
	await Promise.all(pages.map(({ state }) => state("Reconnecting")));
	await durable.restart();
	for (let n = 6; n <= 10; n++) await publish(durable.url, "lasting", n);
	for (const { ids, page } of pages) {
		await eventually(async () => offsets(await ids()), upTo(10));
		expect(await page.locator("#messages .gap").count()).toBe(0);
	}
});

test("a server that drains says so to every reader that it can reach", async () => {
	const draining = await startServer({ args: ["--memory", "--drain-time", "4s"] });
	onTestFinished(async () => void (await draining.kill()));
	const open = (transport: Transport) => console({ channel: "draining", transport, interval: "500" }, draining.url);
	// Between two short polls there is nothing open on which to be told.
	const reachable = transports.filter((transport) => transport !== "poll");
	const pages = await Promise.all(reachable.map(open));
	await Promise.all(pages.map(({ state }) => state("Live")));
	// Warned, it has a second to go, in which the server is there to tell the long poll, whose answer was an empty one.
	await openSocket(`${draining.url}/v1/socket`, { protocol: "holdfast.v1" });
	const told = Promise.all(pages.map(({ state }) => state("The server is draining")));
	await Promise.all([told, draining.kill("SIGTERM")]);
});

test("markup that others publish is shown as text", async () => {
	const channel = "markup";
	const markup = '<img src="x" onerror="document.title=1"><script>document.title=2</script>&amp;';
	await publish(server.url, channel, markup, markup);
	await publish(server.url, channel, { markup });
	const { page, state, datas } = await console({ channel, transport: "sse" });
	await state("Live");
	await eventually(datas, [markup, JSON.stringify({ markup })]);
	expect(await page.locator("#messages .event").textContent()).toBe(markup);
	expect(await page.locator("#messages :is(img, script), #wire :is(img, script)").count()).toBe(0);
	expect(await page.title()).toBe("markup · Holdfast console");
});

test("long data is cut, and shown whole on demand", async () => {
	const long = { text: "long ".repeat(200) };
	await publish(server.url, "long", long);
	const { page, datas } = await console({ channel: "long", transport: "websocket" });
	const more = page.getByRole("button", { name: "More" });
	await more.click();
	expect(JSON.parse((await datas())[0] ?? "")).toEqual(long);
	await page.getByRole("button", { name: "Less" }).click();
	expect((await datas())[0]?.length).toBeLessThan(300);
});

test("at most 500 messages stand in the page, and all are counted", async () => {
	const items = Array.from({ length: 600 }, (_, n) => ({ channel: "many", data: n }));
	for (let half = 0; half < 2; half++) {
		const body = JSON.stringify(items);
		const headers = { "Content-Type": "application/json" };
		expect((await fetch(`${server.url}/v1/messages`, { method: "POST", headers, body })).status).toBe(201);
	}
	const { page, ids } = await console({ channel: "many", transport: "websocket", begin: "first" });
	await page.getByText("newest 500 of 1,200", { exact: true }).waitFor();
	expect(offsets(await ids())).toEqual(upTo(1200).slice(700));
});

test("a publish that is refused shows why, and keeps what was typed", async () => {
	const { page, state, publish: type, choose } = await console({ channel: "refused", transport: "sse" });
	await state("Live");
	await type("x".repeat(65 * 1024));
	await page.getByText(/^413 too_large: /).waitFor();
	expect(await page.getByLabel("Publish", { exact: true }).inputValue()).toHaveLength(65 * 1024);
	await choose("JSON");
	await type('{"half":');
	await page.getByText(/^Not JSON: /).waitFor();
	expect(await page.locator("#messages .message").count()).toBe(0);
});

test("a channel that cannot be is told, and nothing is asked for it", async () => {
	const { page, state } = await console({ channel: "no spaces", transport: "websocket" });
	await state("Choose a channel");
	await page.getByRole("alert").filter({ hasText: "Only letters" }).waitFor();
	const requests: string[] = [];
	page.on("request", (request) => requests.push(request.url()));
	await page.getByRole("button", { name: "Continue" }).click();
	expect(await page.evaluate(() => document.activeElement?.id)).toBe("channel");
	await page.keyboard.press("ControlOrMeta+a");
	await page.keyboard.type("..");
	await page.keyboard.press("Enter");
	await page.getByRole("alert").filter({ hasText: "are no names" }).waitFor();
	expect(requests).toEqual([]);
});

test("what was chosen is in the address, and there again after a reload", async () => {
	const { page, state, choose } = await console({ channel: "first-one" });
	await state("Live by SSE");
	await page.getByLabel("Channel").fill("other-one");
	await page.keyboard.press("Enter");
	await choose("Long poll");
	await choose("First");
	await state("Live by Long poll");
	expect(page.url()).toBe(`${server.url}/#channel=other-one&transport=long-poll&begin=first`);
	await page.reload();
	await state("Live by Long poll");
	expect(await page.getByLabel("Channel").inputValue()).toBe("other-one");
	expect(await page.locator("#curl-read").textContent()).toBe(
		`curl '${server.url}/v1/channels/other-one/messages?after=first&wait=25'`,
	);
});
