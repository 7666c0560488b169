/** The gallery as people meet it: the built command with its app, and pages in a real browser. */
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { violations } from "../support/axe.ts";
import { launchChromium } from "../support/chromium.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";

/** As the switch names them. */
export const transports = { websocket: "WebSocket", sse: "SSE", "long-poll": "Long poll", "short-poll": "Short poll" } as const;
export type Transport = keyof typeof transports;
export const transportNames = Object.keys(transports) as Transport[];

const app = fileURLToPath(new URL("../../apps/gallery/dist/server.js", import.meta.url));
const shots = fileURLToPath(new URL("../../shots/", import.meta.url));

export interface Visitor {
	readonly page: Page;
	/** Errors of scripts, and breaches of the content security policy. */
	readonly errors: readonly string[];
	/** Resolves when the page says that it is live over it. */
	live(transport?: Transport): Promise<void>;
	/** Changes the transport by the switch, and waits until it is live over it. */
	change(transport: Transport): Promise<void>;
	close(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
	readonly transport?: Transport | undefined;
	/** What a script has been given there, which is then in the browser from the start. */
	readonly cookie?: string;
}

export interface Gallery {
	readonly url: string;
	readonly server: RunningServer;
	readonly browser: Browser;
	/** Another person, with cookies of their own, at `path` such as `chat/`. */
	visit(path: string, options?: VisitOptions): Promise<Visitor>;
	/** Ends the server as a crash does, and starts it again on the same folder and port. */
	restart(): Promise<void>;
	close(): Promise<void>;
}

export async function startGallery(): Promise<Gallery> {
	const folder = temporaryFolder();
	const [server, browser] = await Promise.all([
		startServer({ args: ["--data", folder.path, "--app", app, "--drain-time", "2s"] }),
		launchChromium(),
	]);
	return {
		url: server.url,
		server,
		browser,
		visit: (path, options) => visit(browser, `${server.url}/${path}`, options),
		async restart() {
			await server.kill();
			await server.restart();
		},
		async close() {
			await browser.close();
			await server.kill();
			folder.remove();
		},
	};
}

/** `address`: of a page of an example, wherever that is served. */
export async function visit(
	browser: Browser,
	address: string,
	{ transport, cookie = "", ...options }: VisitOptions = {},
): Promise<Visitor> {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	const errors: string[] = [];
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("console", (message) => {
		if (message.text().includes("Content Security Policy")) errors.push(message.text());
	});
	const url = new URL(address);
	const [name = "", value = ""] = cookie.split("=");
	const where = { domain: url.hostname, path: url.pathname.replace(/\/$/, ""), httpOnly: true, sameSite: "Lax" } as const;
	if (name !== "") await context.addCookies([{ name, value, ...where }]);
	if (transport !== undefined) url.searchParams.set("transport", transport);
	await page.goto(url.href);
	// A client that could not reach its server tries again after at most 30 s.
	const live = (over = transport) =>
		page.locator("#connection .words", { hasText: `Live over ${over ? transports[over] : ""}` }).waitFor({ timeout: 40_000 });
	return {
		page,
		errors,
		live,
		async change(over) {
			await page.locator("#connection label", { hasText: new RegExp(`^${transports[over]}$`) }).click();
			await live(over);
		},
		close: () => context.close(),
	};
}

/** Waits until `read` gives `value`; a page takes a moment. */
export function eventually<Value>(read: () => Promise<Value>, value: Value): Promise<void> {
	return expect.poll(read, { timeout: 20_000, interval: 50 }).toEqual(value);
}

/** Waits until all that run side by side have come so far, and does it, if anything, once for all of them. */
export type Together = (act?: () => Promise<unknown>) => Promise<void>;

/** Runs it over each transport, side by side, so that one restart is enough for all. */
export async function overEach(run: (transport: Transport, together: Together) => Promise<void>): Promise<void> {
	let here = 0;
	let done = Promise.resolve();
	let go = () => {};
	const together: Together = (act = async () => undefined) => {
		if (here === 0) {
			done = new Promise<void>((resolve) => {
				go = resolve;
			}).then(async () => void (await act()));
		}
		here = (here + 1) % transportNames.length;
		if (here === 0) go();
		return done;
	};
	const named = async (transport: Transport) => {
		try {
			await run(transport, together);
		} catch (error) {
			throw new Error(`over ${transport}: ${error instanceof Error ? error.message : error}`, { cause: error });
		}
	};
	await Promise.all(transportNames.map(named));
}

export const looks = [
	{ width: 1280, colorScheme: "light" },
	{ width: 320, colorScheme: "dark" },
] as const;

/** What must hold of every page in every state: nothing in anybody's way, no sideways scrolling. With `SHOTS=1` it leaves a picture in `shots/`. */
export async function lookAt({ page, errors }: Visitor, name: string): Promise<void> {
	for (const { width, colorScheme } of looks) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 800 });
		if (process.env["SHOTS"]) await page.screenshot({ path: `${shots}${name}-${width}-${colorScheme}.png`, fullPage: true });
		expect(await violations(page), `${name} at ${width} in ${colorScheme}`).toEqual([]);
		const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
		expect(scrollWidth, `${name} at ${width}`).toBe(clientWidth);
	}
	expect(errors).toEqual([]);
}

/** What must hold of a page that cannot begin without an answer from `path`. */
export async function beginsWhenAnswered({ page, live }: Visitor, path: string): Promise<void> {
	const fault = page.getByText("cannot be reached");
	await page.route(`**/${path}`, (route) => route.abort());
	await page.reload();
	await fault.waitFor();
	await page.unroute(`**/${path}`);
	await live();
	expect(await fault.count()).toBe(0);
}

export interface Route {
	readonly path: string;
	/** `Cookie` and the like, with which the route would do what it is asked. */
	readonly headers?: Readonly<Record<string, string>>;
}

/** What every route that takes JSON by POST must refuse, and go on. */
export async function refusesNonsense(url: string, { path, headers = {} }: Route): Promise<void> {
	const json = { "Content-Type": "application/json", ...headers };
	const post = (more: Record<string, string>, body: string) => statusOf(`${url}/${path}`, { ...json, ...more }, body);
	expect(await post({}, "{"), `${path}: half of a JSON text`).toBe(400);
	expect(await post({}, `{"x":"${"x".repeat(100_000)}"}`), `${path}: oversized`).toBe(413);
	expect(await post({ "Content-Type": "application/x-www-form-urlencoded" }, "x=1"), `${path}: a form`).toBe(415);
	expect(await post({ Origin: "https://elsewhere.example" }, "{}"), `${path}: of another site`).toBe(403);
	expect(await post({ "Sec-Fetch-Site": "cross-site" }, "{}"), `${path}: of another site`).toBe(403);
}

/** Not by fetch, which sets headers of its own. */
function statusOf(url: string, headers: Record<string, string>, body: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const asked = request(url, { method: "POST", headers, agent: false });
		asked.once("response", (response) => {
			response.resume();
			resolve(response.statusCode ?? 0);
		});
		asked.once("error", reject);
		asked.end(body);
	});
}
