/** Pages that are left and loaded anew while messages are published, in real Chromium. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publishNumbers, type Site, startSite } from "../support/client-page.ts";
import { openTab } from "./client-tab.ts";

let browser: Browser;
let site: Site;
let context: BrowserContext;

beforeAll(async () => {
	browser = await launchChromium();
});

afterAll(() => browser.close());

beforeEach(async () => {
	site = await startSite();
	context = await browser.newContext();
	onTestFinished(async () => {
		await context.close();
		await site.close();
		expect(site.faults).toEqual([]);
	});
});

async function publish(first: number, last: number): Promise<void> {
	for (let n = first; n <= last; n++) await site.holdfast.publish("chat", n);
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.each(["session", "local"] as const)(
	"with persist: %s, a page that is loaded again and again under way goes on where it left",
	async (persist) => {
		const tab = await openTab(context, site, { channel: "chat", connect: { persist } });
		await tab.begun();
		const numbers = publishNumbers(site.holdfast, "chat", 50);
		for (let loads = 0; loads < 4; loads++) {
			await tab.more();
			await later(loads * 150);
			await tab.reload();
		}
		await tab.has(0, await numbers.stop());
	},
);

test.each(["session", "local"] as const)(
	"with persist: %s, what is published between unload and load arrives",
	async (persist) => {
		const tab = await openTab(context, site, { channel: "chat", connect: { persist } });
		await tab.begun();
		await publish(0, 9);
		await tab.has(0, 9);
		await tab.page.goto(`${site.meddler.origin}/ping`);
		await publish(10, 39);
		await tab.page.goBack();
		await tab.ready();
		await tab.has(0, 39);
	},
);

test("with persist: local, a new tab goes on where the last one was closed", async () => {
	const settings = { channel: "chat", connect: { persist: "local" } } as const;
	const closed = await openTab(context, site, settings);
	await closed.begun();
	await publish(0, 9);
	await closed.has(0, 9);
	await closed.page.close();
	await publish(10, 19);
	await (await openTab(context, site, settings)).has(10, 19);
});

test("with persist: session, a new tab begins with what comes", async () => {
	const settings = { channel: "chat", connect: { persist: "session" } } as const;
	const first = await openTab(context, site, settings);
	await first.begun();
	await publish(0, 9);
	await first.has(0, 9);
	const second = await openTab(context, site, settings);
	await second.begun();
	await publish(10, 19);
	await second.has(10, 19);
	await first.has(0, 19);
});

test("a message whose handler had not ended when the page was left comes once more, and no other", async () => {
	const tab = await openTab(context, site, { channel: "chat", connect: { persist: "session" }, hold: 5 });
	await tab.begun();
	await publish(0, 9);
	await tab.silent();
	expect(await tab.read()).toMatchObject({ taken: [0, 1, 2, 3, 4, 5], handled: [0, 1, 2, 3, 4] });
	await tab.reload();
	await tab.has(0, 9);
	expect((await tab.read()).taken).toEqual([0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9]);
});
