import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { violations } from "../support/axe.ts";
import { launchChromium } from "../support/chromium.ts";
import { publish } from "../support/publish.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { eventually, openConsole } from "./console-page.ts";

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
	browser = await launchChromium();
	server = await startServer();
	await publish(server.url, "full", "text");
	await publish(server.url, "full", { json: "x".repeat(500) }, "named");
	await publish(server.url, "full", new Uint8Array(5));
});

afterAll(async () => {
	await browser.close();
	await server.kill("SIGTERM");
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
	test.each([
		["with messages", "full", "Live", 1280],
		["with messages on a small screen", "full", "Live", 320],
		["while empty", "nothing-here", "Live", 1280],
		["with a fault", "no spaces", "Choose a channel", 320],
	])("nothing stands in the way of anybody, %s", async (_, channel, words, width) => {
		const hash = { channel, transport: "websocket" };
		const { page, state, close } = await openConsole(browser, server.url, hash, {
			colorScheme,
			viewport: { width, height: 800 },
		});
		onTestFinished(close);
		await state(words);
		if (channel === "full") await page.getByText("3 messages", { exact: true }).waitFor();
		expect(await violations(page)).toEqual([]);
		const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
		expect(scrollWidth).toBe(clientWidth);
	});
});

test("everything can be done by keyboard, in the order of the page", async () => {
	const { page, state, ids, close } = await openConsole(browser, server.url, { channel: "full", transport: "poll" });
	onTestFinished(close);
	await state("Live");
	await page.getByText("3 messages", { exact: true }).waitFor();
	const stops: string[] = [];
	for (let presses = 0; presses < 17; presses++) {
		await page.keyboard.press("Tab");
		stops.push(await page.evaluate(nameOfFocus));
	}
	expect(stops).toEqual([
		...["Pause", "channel", "Open", "begin", "transport", "interval"],
		...["Token…", "Messages, oldest first", "More", "data", "event", "format", "Publish"],
		"The latest requests, answers, events and frames, newest first",
		...["Copy the line that reads", "Copy the line that publishes", "none"],
	]);

	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.type("by-keyboard");
	await page.keyboard.press("Enter");
	for (const _ of ["Open", "begin", "transport"]) await page.keyboard.press("Tab");
	await page.keyboard.press("ArrowLeft");
	await state("Live by WebSocket");
	for (const _ of ["token", "messages", "data"]) await page.keyboard.press("Tab");
	await page.keyboard.type("one");
	await page.keyboard.press("Enter");
	await eventually(async () => (await ids()).length, 1);
	await page.keyboard.type("two");
	await page.keyboard.press("Shift+Enter");
	await page.keyboard.type("lines");
	await page.keyboard.press("Enter");
	await eventually(async () => (await ids()).length, 2);
	expect(await page.locator(".message .text").last().textContent()).toBe("two ⏎ lines");
});

function nameOfFocus(): string {
	const focus = document.activeElement;
	if (focus === null || focus === document.body) return "none";
	const outline = getComputedStyle(
		focus instanceof HTMLInputElement && focus.type === "radio" ? (focus.nextElementSibling ?? focus) : focus,
	);
	if (outline.outlineStyle === "none") return "no focus to be seen";
	return focus.ariaLabel || focus.getAttribute("name") || focus.textContent || "";
}
