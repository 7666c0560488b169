/**
 * The client in real Chromium, behind a proxy that blocks, cuts, holds back and goes silent, and on a machine that sleeps: it
 * changes its way in, or finds that its connection is none any more.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publishNumbers, type Site, startSite } from "../support/client-page.ts";
import { openTab, type Tab } from "./client-tab.ts";
import type { Settings } from "./pages/follow.ts";
import { putToSleep } from "./sleep.ts";

interface Visited extends Site {
	/** Opens the page in a browser that has never been there. */
	visit(settings?: Partial<Settings>): Promise<Tab>;
}

let browser: Browser;

beforeAll(async () => {
	browser = await launchChromium();
});

afterAll(() => browser.close());

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function openSite(finished: typeof onTestFinished, visiting = browser): Promise<Visited> {
	const site = await startSite();
	finished(async () => {
		await site.close();
		expect(site.faults).toEqual([]);
	});
	return {
		...site,
		async visit(settings) {
			const context = await visiting.newContext();
			finished(() => context.close());
			return openTab(context, site, { channel: "chat", ...settings });
		},
	};
}

// Before the others, which keep both processors busy.
test.each(["refuse", "hang"] as const)("a WebSocket that a proxy lets %s costs less than a second", async (how) => {
	const { meddler, holdfast, visit } = await openSite(onTestFinished);
	await holdfast.publish("chat", 0);
	const open = await visit({ start: { after: "first" } });
	await open.has(0, 0);
	meddler.treat("websocket", how);
	const blocked = await visit({ start: { after: "first" } });
	await blocked.has(0, 0);
	expect((await open.read()).transports).toEqual(["websocket"]);
	expect((await blocked.read()).transports).not.toContain("websocket");
	const [first = 0, firstBlocked = Number.NaN] = [(await open.read()).first, (await blocked.read()).first];
	expect(firstBlocked - first).toBeLessThan(1000);
});

async function socketsAt({ server }: Site): Promise<number> {
	const response = await fetch(`${server}/v1/channels/chat`);
	return (await response.json()).readers.websocket;
}

// Those that wait the longest begin first; not all run at once.
describe.concurrent("nothing is lost, comes twice or out of order", () => {
	test("where the machine sleeps for 40 s, as a laptop that is closed", { timeout: 100_000 }, async ({ onTestFinished }) => {
		// Its own: all of it is stopped.
		const sleeper = await launchChromium();
		onTestFinished(() => sleeper.close());
		const open = async () => {
			const site = await openSite(onTestFinished, sleeper);
			const tab = await site.visit();
			await tab.begun();
			return { site, tab, numbers: publishNumbers(site.holdfast, "chat", 5) };
		};
		// One is told that the server has let it go. The other is not, as where a router has forgotten the connection meanwhile.
		const told = await open();
		const untold = await open();
		await Promise.all([told.tab.more(), untold.tab.more()]);
		const wake = await putToSleep(sleeper);
		try {
			untold.site.meddler.hang("websocket");
			await later(40_000);
			expect(await Promise.all([socketsAt(told.site), socketsAt(untold.site)])).toEqual([0, 0]);
		} finally {
			wake();
		}
		const woken = performance.now();
		await Promise.all([told, untold].map(async ({ tab, numbers }) => tab.has(0, await numbers.stop(), 15_000)));
		expect(performance.now() - woken).toBeLessThan(10_000);
	});

	test("where a WebSocket goes silent in mid-stream, which the client notices by itself", async ({ onTestFinished }) => {
		const { meddler, holdfast, visit } = await openSite(onTestFinished);
		const tab = await visit();
		await tab.begun();
		const numbers = publishNumbers(holdfast, "chat", 20);
		await tab.more();
		meddler.hang("websocket");
		await tab.silent();
		expect(await tab.more(45_000)).toBeGreaterThan(25_000);
		await tab.has(0, await numbers.stop());
		expect((await tab.read()).transports).toEqual(["websocket", "websocket"]);
	});

	test("where the WebSocket is blocked, then event streams are held back, then both are let through", {
		timeout: 180_000,
	}, async ({ onTestFinished }) => {
		const { meddler, holdfast, visit } = await openSite(onTestFinished);
		meddler.treat("websocket", "refuse");
		const tab = await visit();
		await tab.begun();
		const numbers = publishNumbers(holdfast, "chat", 20);
		await tab.uses("sse");
		await tab.more();
		meddler.treat("sse", "buffer");
		meddler.cut("sse");
		await tab.uses("long-poll");
		await tab.more();
		meddler.treat("websocket", "pass");
		meddler.treat("sse", "pass");
		// As a proxy that is given other settings does.
		meddler.cut("sse");
		// A better way is tried after 15 to 30 s. One that was tried before the proxy let it through is tried after twice as long.
		await tab.uses("websocket", 120_000);
		await tab.more();
		await tab.has(0, await numbers.stop());
		await vi.waitFor(() =>
			expect([meddler.open("websocket"), meddler.open("sse"), meddler.open("long-poll")]).toEqual([1, 0, 0]),
		);
	});

	test("where each WebSocket is opened and cut again after a second", async ({ onTestFinished }) => {
		const { meddler, holdfast, visit } = await openSite(onTestFinished);
		meddler.treat("websocket", { cutAfter: 1000 });
		const tab = await visit();
		await tab.begun();
		const numbers = publishNumbers(holdfast, "chat", 20);
		await vi.waitFor(() => expect(meddler.total("websocket")).toBeGreaterThanOrEqual(3), { timeout: 20_000 });
		await tab.uses("sse");
		await later(3000);
		const { transports } = await tab.read();
		expect(transports).toContain("websocket");
		expect(transports.at(-1)).toBe("sse");
		await tab.has(0, await numbers.stop());
	});

	test.for(["websocket", "sse", "long-poll"] as const)(
		"where the %s goes silent in mid-stream and the network is said to be back, within seconds",
		async (transport, { onTestFinished }) => {
			const { meddler, holdfast, visit } = await openSite(onTestFinished);
			// What is said to a page alone does not reach a SharedWorker, which hears of the network by itself.
			const tab = await visit({ connect: { transports: [transport], shareTabs: false } });
			await tab.begun();
			const numbers = publishNumbers(holdfast, "chat", 20);
			await tab.more();
			meddler.treat(transport, "hang");
			meddler.hang(transport);
			await tab.silent();
			meddler.treat(transport, "pass");
			await tab.page.evaluate(() => dispatchEvent(new Event("online")));
			expect(await tab.more()).toBeLessThan(6000);
			await tab.has(0, await numbers.stop());
		},
	);
});
