/** Tabs and workers of one browser that share one connection, in real Chromium. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publishNumbers, type Site, startSite } from "../support/client-page.ts";
import { openTab, openWorker } from "./client-tab.ts";

/** A server of its own, and a browser that has never been there. */
interface Place {
	readonly site: Site;
	readonly context: BrowserContext;
	/** Resolves when so many readers follow the channel. */
	connected(count: number, channel?: string): Promise<void>;
	publish(channel: string, count: number): Promise<void>;
}

let browser: Browser;

beforeAll(async () => {
	browser = await launchChromium();
});

afterAll(() => browser.close());

const chat = { channel: "chat" } as const;
const alone = { shareTabs: false } as const;
const kinds = ["websocket", "sse", "long-poll"] as const;

/** `lack`: takes from each page what it is not to have. */
async function openPlace(finished: typeof onTestFinished, lack: () => void = () => undefined): Promise<Place> {
	const site = await startSite();
	const context = await browser.newContext();
	await context.addInitScript(lack);
	finished(async () => {
		await context.close();
		await site.close();
		expect(site.faults).toEqual([]);
	});
	return {
		site,
		context,
		connected: (count, channel = "chat") => connected(site, count, channel),
		async publish(channel, count) {
			for (let n = 0; n < count; n++) await site.holdfast.publish(channel, n);
		},
	};
}

/** Readers of the channel at the server, and connections on which there may be one. Ways that were tried take a moment to go. */
async function connected({ server, meddler }: Site, count: number, channel: string): Promise<void> {
	await vi.waitFor(
		async () => {
			const { readers } = await (await fetch(`${server}/v1/channels/${channel}`)).json();
			const open = kinds.reduce((sum, kind) => sum + meddler.open(kind), 0);
			expect({ readers: readers.websocket + readers.sse + readers.longPoll, open }).toEqual({ readers: count, open: count });
		},
		{ timeout: 5000 },
	);
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How tabs find each other, and what a page is made to lack for it. */
const means = [
	["a SharedWorker", () => undefined],
	["Web Locks", () => void Reflect.deleteProperty(globalThis, "SharedWorker")],
] as const;

// These wait for most of their time, so they do it side by side. The others are asked to be quick.
describe.concurrent.each(means)("by %s", (_, lack) => {
	test("another tab takes over when the leading one is frozen, and both have all when it thaws", async ({ onTestFinished }) => {
		const { site, context, connected } = await openPlace(onTestFinished, lack);
		const first = await openTab(context, site, chat);
		const second = await openTab(context, site, chat);
		await Promise.all([first.begun(), second.begun()]);
		const numbers = publishNumbers(site.holdfast, "chat", 20);
		await second.more();
		const thaw = await first.freeze();
		// What was on its way may still come for a moment.
		await later(2000);
		await second.more(20_000);
		await thaw();
		const last = await numbers.stop();
		await Promise.all([first.has(0, last), second.has(0, last)]);
		await connected(1);
	});

	test("different users and different tokens never share", async ({ onTestFinished }) => {
		const { site, context, connected } = await openPlace(onTestFinished, lack);
		for (const connect of [{ user: "ann" }, { user: "ben" }, { token: "one" }, { token: "two" }, {}]) {
			const tabs = [await openTab(context, site, { ...chat, connect }), await openTab(context, site, { ...chat, connect })];
			await Promise.all(tabs.map((tab) => tab.begun()));
		}
		await connected(5);
	});
});

describe.each(means)("by %s", (_, lack) => {
	test("two tabs and a worker share one connection, whatever they follow", async () => {
		const { site, context, connected, publish } = await openPlace(onTestFinished, lack);
		const first = await openTab(context, site, chat);
		const second = await openTab(context, site, chat);
		const worker = await openWorker(second, site, { channel: "news" });
		const all = [first, second, worker];
		await Promise.all(all.map((follower) => follower.begun()));
		await publish("chat", 10);
		await publish("news", 20);
		await Promise.all([first.has(0, 9), second.has(0, 9), worker.has(0, 19)]);
		await connected(1);
		await connected(1, "news");
		expect(site.meddler.total("websocket")).toBe(1);
	});

	test("another tab takes over when the leading one is closed, and when that is closed too", async () => {
		const { site, context, connected } = await openPlace(onTestFinished, lack);
		const first = await openTab(context, site, chat);
		const second = await openTab(context, site, chat);
		const third = await openTab(context, site, chat);
		await Promise.all([first, second, third].map((tab) => tab.begun()));
		const numbers = publishNumbers(site.holdfast, "chat", 50);
		await third.more();
		await first.page.close();
		expect(await third.more()).toBeLessThan(3000);
		await second.more();
		await second.page.close();
		expect(await third.more()).toBeLessThan(3000);
		await third.has(0, await numbers.stop());
		await connected(1);
	});

	test("what a tab that does not lead publishes is stored, and comes to all", async () => {
		const { site, context, connected } = await openPlace(onTestFinished, lack);
		const first = await openTab(context, site, chat);
		const second = await openTab(context, site, chat);
		await Promise.all([first.begun(), second.begun()]);
		await second.publish(0);
		await first.publish(1);
		await second.publish(2);
		await Promise.all([first.has(0, 2), second.has(0, 2)]);
		await connected(1);
	});
});

test("where there is neither a SharedWorker nor Web Locks, each tab works for itself", async () => {
	const { site, context, connected, publish } = await openPlace(onTestFinished, () => {
		Reflect.deleteProperty(globalThis, "SharedWorker");
		Reflect.deleteProperty(Navigator.prototype, "locks");
	});
	const tabs = [await openTab(context, site, chat), await openTab(context, site, chat)];
	await Promise.all(tabs.map((tab) => tab.begun()));
	await publish("chat", 10);
	await Promise.all(tabs.map((tab) => tab.has(0, 9)));
	await connected(2);
});

test("tabs that are told not to share do not", async () => {
	const { site, context, connected } = await openPlace(onTestFinished);
	const each = { ...chat, connect: alone };
	const tabs = [await openTab(context, site, each), await openTab(context, site, each)];
	await Promise.all(tabs.map((tab) => tab.begun()));
	await connected(2);
});

// Chromium lets the second of two like requests wait for the first one's answer, unless it asks with `cache: "no-store"`.
test("two tabs that poll from the same cursor wait at the server both", async () => {
	const { site, context, connected } = await openPlace(onTestFinished);
	const polling = { ...chat, connect: { ...alone, transports: ["long-poll"] } } as const;
	const tabs = [await openTab(context, site, polling), await openTab(context, site, polling)];
	await Promise.all(tabs.map((tab) => tab.begun()));
	await connected(2);
});

/** A browser opens six connections to a server that speaks HTTP/1.1, for all of its tabs together. */
describe("twenty tabs leave room for an ordinary request, and hear all", () => {
	test.each([["websocket"], ["sse"], ["long-poll"]] as const)("over %s", async (transport) => {
		const { site, context, connected, publish } = await openPlace(onTestFinished);
		const settings = { ...chat, connect: { transports: [transport] } } as const;
		const tabs = await Promise.all(Array.from({ length: 20 }, () => openTab(context, site, settings)));
		await Promise.all(tabs.map((tab) => tab.begun()));
		const took = await tabs[19]?.page.evaluate(async () => {
			const began = performance.now();
			await (await fetch("/ping")).text();
			return performance.now() - began;
		});
		expect(took).toBeLessThan(1000);
		await publish("chat", 10);
		await Promise.all(tabs.map((tab) => tab.has(0, 9)));
		await connected(1);
	});
});
