/** A laptop that is closed and opened again: every process of a real Chromium is stopped for 40 s, and then goes on. */
import { readdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { publishNumbers, type Site, startSite } from "../support/client-page.ts";
import { openTab } from "./client-tab.ts";

/** The browser's own process. */
async function processOf(browser: Browser): Promise<number> {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send("SystemInfo.getProcessInfo");
	await session.detach();
	const main = processInfo.find(({ type }) => type === "browser");
	if (main === undefined) throw new Error("The browser does not tell its process");
	return main.id;
}

/** Stops a process, and only then, since it can start no more, all that it has started. Returns all of them. */
function stop(pid: number): number[] {
	return signal(pid, "SIGSTOP") ? [pid, ...childrenOf(pid).flatMap(stop)] : [];
}

/** False where it has ended meanwhile, as those of a browser do. */
function signal(pid: number, name: NodeJS.Signals): boolean {
	try {
		return process.kill(pid, name);
	} catch {
		return false;
	}
}

/** Each thread has a list of what it has started; the process that holds the network is not in the first one's. */
function childrenOf(pid: number): number[] {
	const threads = readdirSync(`/proc/${pid}/task`);
	const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
	return lists.flatMap((list) => list.match(/\d+/g) ?? []).map(Number);
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function socketsAt({ server }: Site): Promise<number> {
	const response = await fetch(`${server}/v1/channels/chat`);
	return (await response.json()).readers.websocket;
}

test("what is published while the machine sleeps comes when it wakes, in order and once", { timeout: 100_000 }, async () => {
	const browser = await launchChromium();
	onTestFinished(() => browser.close());
	const open = async () => {
		const site = await startSite();
		onTestFinished(() => site.close());
		const tab = await openTab(await browser.newContext(), site, { channel: "chat" });
		await tab.begun();
		return { site, tab, numbers: publishNumbers(site.holdfast, "chat", 5) };
	};
	// One is told that the server has let it go. The other is not, as where a router has forgotten the connection meanwhile.
	const told = await open();
	const untold = await open();
	await Promise.all([told.tab.more(), untold.tab.more()]);
	const stopped = stop(await processOf(browser));
	try {
		expect(stopped.length).toBeGreaterThan(3);
		untold.site.meddler.hang("websocket");
		await later(40_000);
		expect(await Promise.all([socketsAt(told.site), socketsAt(untold.site)])).toEqual([0, 0]);
	} finally {
		for (const pid of stopped) signal(pid, "SIGCONT");
	}
	const woken = performance.now();
	await Promise.all([told, untold].map(async ({ tab, numbers }) => tab.has(0, await numbers.stop(), 15_000)));
	expect(performance.now() - woken).toBeLessThan(10_000);
});
