/** The console as a person meets it: what can be pressed and read, by its labels. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

export const transportLabels = { poll: "Short poll", "long-poll": "Long poll", sse: "SSE", websocket: "WebSocket" } as const;

export type Transport = keyof typeof transportLabels;

export const transports = Object.keys(transportLabels) as Transport[];

export interface Row {
	readonly id: string;
	readonly data: string;
}

export interface ConsolePage {
	readonly page: Page;
	/** Errors that no test expects: of scripts, and breaches of the content security policy. */
	readonly errors: readonly string[];
	rows(): Promise<Row[]>;
	ids(): Promise<string[]>;
	datas(): Promise<string[]>;
	/** Resolves when the state in words holds `words`. */
	state(words: string): Promise<void>;
	choose(label: string): Promise<void>;
	publish(data: string): Promise<void>;
	close(): Promise<void>;
}

export async function openConsole(
	browser: Browser,
	url: string,
	hash: Record<string, string>,
	options: BrowserContextOptions = {},
): Promise<ConsolePage> {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const errors: string[] = [];
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("console", (message) => {
		if (message.text().includes("Content Security Policy")) errors.push(message.text());
	});
	await page.goto(`${url}/#${new URLSearchParams(hash)}`);
	const rows = () =>
		page.locator("#messages .message").evaluateAll((all) =>
			all.map((row) => ({
				id: row.querySelector(".id")?.textContent ?? "",
				data: row.querySelector(".text")?.textContent ?? "",
			})),
		);
	return {
		page,
		errors,
		rows,
		ids: async () => (await rows()).map(({ id }) => id),
		datas: async () => (await rows()).map(({ data }) => data),
		state: (words) => page.locator("#state").filter({ hasText: words }).waitFor({ timeout: 20_000 }),
		choose: (label) => page.locator("label, button", { hasText: new RegExp(`^${label}$`) }).click(),
		async publish(data) {
			await page.getByLabel("Publish", { exact: true }).fill(data);
			await page.keyboard.press("Enter");
		},
		close: () => context.close(),
	};
}

/** The offsets in `ids`; the wire lets a test look inside a cursor, which a client must not. */
export function offsets(ids: readonly string[]): number[] {
	return ids.map((id) => Number(id.slice(id.lastIndexOf("-") + 1)));
}

export function upTo(n: number): number[] {
	return Array.from({ length: n }, (_, i) => i + 1);
}

/** Waits until `read` gives `value`; a page takes a moment. */
export function eventually<Value>(read: () => Promise<Value>, value: Value): Promise<void> {
	return expect.poll(read, { timeout: 20_000, interval: 50 }).toEqual(value);
}
