/** A tab, or a worker in one, that follows a channel with the client. */
import type { Channel } from "@holdfast/client";
import type { BrowserContext, Page, Worker } from "playwright-core";
import { expect, vi } from "vitest";
import type { Site } from "../support/client-page.ts";
import type { Followed, Settings } from "./pages/follow.ts";

/** What the script in the page keeps there. */
declare const followed: Followed;
declare const chat: Channel<number>;

/** A page or a worker with the script of `pages/follow.ts`. */
export class Follower {
	readonly #place: Pick<Worker, "evaluate">;

	constructor(place: Pick<Worker, "evaluate">) {
		this.#place = place;
	}

	read(): Promise<Followed> {
		return this.#place.evaluate(() => followed);
	}

	/** Resolves when it is stored. */
	async publish(data: number): Promise<void> {
		await this.#place.evaluate((number) => chat.publish(number), data);
	}

	/** How many messages have been handled. */
	async count(): Promise<number> {
		return (await this.read()).handled.length;
	}

	/** Resolves when what is published from now on will come. */
	async begun(): Promise<void> {
		await until(async () => expect((await this.read()).begun).toBe(true));
	}

	/** Resolves when this is the way in use. */
	async uses(transport: string, timeout?: number): Promise<void> {
		await until(async () => expect((await this.read()).transports.at(-1)).toBe(transport), timeout);
	}

	/** Resolves with the milliseconds until one more message was handled. */
	async more(timeout?: number): Promise<number> {
		const [before, began] = [await this.count(), performance.now()];
		await until(async () => expect(await this.count()).toBeGreaterThan(before), timeout);
		return performance.now() - began;
	}

	/** Resolves when nothing has come for half a second: what was on its way is there. */
	async silent(): Promise<void> {
		await until(async () => {
			const before = await this.count();
			await new Promise((resolve) => setTimeout(resolve, 500));
			expect(await this.count()).toBe(before);
		});
	}

	/** Waits for the number `last`. Fails unless all from `first` on came, once each, in order, and no gap and no error was told. */
	async has(first: number, last: number, timeout?: number): Promise<void> {
		await until(async () => expect((await this.read()).handled.at(-1)).toBe(last), timeout);
		const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
		expect(await this.read()).toMatchObject({ handled: numbers, gaps: [], errors: [] });
	}
}

export class Tab extends Follower {
	readonly page: Page;

	constructor(page: Page) {
		super(page);
		this.page = page;
	}

	/** Loads the page that is there already once more. */
	async reload(): Promise<void> {
		await this.page.reload();
		await this.ready();
	}

	/**
	 * Stops all that runs in the page until what it resolves with is called. Chromium freezes hidden tabs alone, and
	 * without a screen it hides none; a dialog that nobody answers stops a page as well.
	 */
	async freeze(): Promise<() => Promise<void>> {
		const opened = this.page.waitForEvent("dialog");
		await this.page.evaluate(() => void setTimeout(alert));
		const dialog = await opened;
		return () => dialog.accept();
	}

	/** Resolves when the script in the page has run. */
	async ready(): Promise<void> {
		await this.page.waitForFunction(() => "followed" in globalThis);
	}
}

export async function openTab(context: BrowserContext, site: Site, settings: Settings): Promise<Tab> {
	const tab = new Tab(await context.newPage());
	await tab.page.goto(addressOf("page.html", site, settings));
	await tab.ready();
	return tab;
}

/** A worker of the tab's page. */
export async function openWorker({ page }: Tab, site: Site, settings: Settings): Promise<Follower> {
	const started = page.waitForEvent("worker");
	await page.evaluate((address) => void new Worker(address, { type: "module" }), addressOf("follow.js", site, settings));
	return new Follower(await started);
}

function addressOf(file: string, { meddler }: Site, settings: Settings): string {
	return `${meddler.origin}/${file}?settings=${encodeURIComponent(JSON.stringify(settings))}`;
}

function until(holds: () => Promise<void>, timeout = 10_000): Promise<void> {
	return vi.waitFor(holds, { timeout, interval: 20 });
}
