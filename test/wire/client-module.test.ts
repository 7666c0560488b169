/** `/holdfast.js`, as any HTTP client and as a browser meets it. It is the built file: `npm test` builds it first. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Holdfast } from "@holdfast/server";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { ask } from "../support/http.ts";
import { startServer } from "../support/server.ts";
import { startWorld, type World } from "../support/world.ts";

const built = readFileSync("packages/client/dist/holdfast.js", "utf8");

/** Scripts of an app, which get the client from the server beside them. */
const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
	"/page": ["text/html", `<!doctype html><title>begun</title><script type="module" src="/page.js"></script>`],
	"/blank": ["text/html", "<!doctype html><title>begun</title>"],
	"/page.js": [
		"text/javascript",
		`import { connect } from "/holdfast.js";
		connect(location.origin).channel("greetings").subscribe(({ data }) => { document.title = data; }, { after: "first" });`,
	],
	"/worker.js": [
		"text/javascript",
		`import { connect } from "/holdfast.js";
		connect(location.origin).channel("greetings").subscribe(({ data }) => postMessage(data), { after: "first" });`,
	],
};

const app =
	(holdfast: Holdfast): RequestListener =>
	(request, response) =>
		holdfast.handle(request, response, () => {
			const [type, text] = files[request.url ?? ""] ?? [];
			response.writeHead(type === undefined ? 404 : 200, { "Content-Type": type ?? "text/plain" }).end(text);
		});

let world: World;
beforeAll(async () => {
	world = await startWorld({}, app);
	await world.holdfast.publish("greetings", "hello");
});
afterAll(() => world.close());

const get = (headers = {}, method = "GET") => ask(`${world.origin}/holdfast.js`, { method, headers });

describe("an answer", () => {
	test("is the whole client, typed as a module must be, and bound by no policy that forbids it to a worker", async () => {
		const { status, headers, text } = await get();
		expect([status, text]).toEqual([200, built]);
		expect(headers).toMatchObject({
			"content-type": "text/javascript; charset=utf-8",
			"content-length": `${Buffer.byteLength(built)}`,
			"cache-control": "no-cache",
			"x-content-type-options": "nosniff",
			vary: "Accept-Encoding",
		});
		expect(headers).not.toHaveProperty("content-security-policy");
		expect(headers).not.toHaveProperty("content-encoding");
	});

	test.each(["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP ;q=0.5", "identity, gzip; q=0.001"])(
		"is compressed for who accepts %s",
		async (accepted) => {
			const { headers } = await get({ "Accept-Encoding": accepted });
			expect(headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
			const response = await fetch(`${world.origin}/holdfast.js`, { headers: { "Accept-Encoding": accepted } });
			expect(await response.text()).toBe(built);
		},
	);

	test.each(["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzipped"])(
		"is not compressed for who accepts '%s'",
		async (accepted) => {
			const { headers, text } = await get({ "Accept-Encoding": accepted });
			expect(headers).not.toHaveProperty("content-encoding");
			expect(text).toBe(built);
		},
	);

	test("costs a page at most 9 kB", async () => {
		const response = await get({ "Accept-Encoding": "gzip" });
		expect(Number(response.headers["content-length"])).toBeLessThanOrEqual(9000);
	});

	test.each([{}, { "Accept-Encoding": "gzip" }])("to HEAD has the headers of the one to GET, with %o", async (headers) => {
		const [head, got] = [await get(headers, "HEAD"), await get(headers)];
		expect([head.status, head.text]).toEqual([200, ""]);
		expect({ ...head.headers, date: "" }).toEqual({ ...got.headers, date: "" });
	});

	test("is 304 to whom it is known, compressed or not", async () => {
		const { etag = "" } = (await get()).headers;
		expect(etag).toMatch(/^W\/"[\w-]+"$/);
		for (const encoding of ["gzip", "identity"]) {
			for (const known of [etag, etag.replace("W/", ""), `"x", ${etag}`]) {
				const { status, headers, text } = await get({ "If-None-Match": known, "Accept-Encoding": encoding });
				expect([status, text]).toEqual([304, ""]);
				expect(headers).toMatchObject({ etag, "cache-control": "no-cache", vary: "Accept-Encoding" });
			}
		}
		expect((await get({ "If-None-Match": '"x"' })).status).toBe(200);
	});

	test("to any other method is 405 with what is allowed", async () => {
		for (const method of ["POST", "PUT", "DELETE"]) {
			const { status, headers, json } = await get({}, method);
			expect([status, headers.allow, json.code]).toEqual([405, "GET, HEAD, OPTIONS", "method_not_allowed"]);
		}
		expect(await get({}, "OPTIONS")).toMatchObject({ status: 204, headers: { allow: "GET, HEAD, OPTIONS" } });
	});
});

test("nobody needs rights for it", async () => {
	const ruled = await startWorld({ authorize: () => "unauthorized" });
	onTestFinished(() => ruled.close());
	expect((await ask(`${ruled.origin}/v1/channels/a/messages`)).status).toBe(401);
	expect((await ask(`${ruled.origin}/holdfast.js`)).status).toBe(200);
});

test("pages of listed origins may load it, as they may read everything else", async () => {
	const listing = await startWorld({ cors: ["https://app.example"] });
	onTestFinished(() => listing.close());
	const from = (Origin: string) => ask(`${listing.origin}/holdfast.js`, { headers: { Origin } });
	expect((await from("https://app.example")).headers).toMatchObject({
		"access-control-allow-origin": "https://app.example",
		vary: "Origin, Accept-Encoding",
	});
	expect((await from("https://evil.example")).headers).not.toHaveProperty("access-control-allow-origin");
	expect((await get({ Origin: "https://app.example" })).headers).not.toHaveProperty("access-control-allow-origin");
});

test("it stands under the prefix of the server", async () => {
	const mounted = await startWorld({ prefix: "/realtime" });
	onTestFinished(() => mounted.close());
	expect((await ask(`${mounted.origin}/realtime/holdfast.js`)).text).toBe(built);
	expect((await ask(`${mounted.origin}/realtime/v1/holdfast.js`)).status).toBe(404);
});

test("holdfast serve serves it", async () => {
	const server = await startServer();
	onTestFinished(async () => void (await server.kill()));
	expect((await ask(`${server.url}/holdfast.js`)).text).toBe(built);
});

describe("the file", () => {
	test("is one module: it imports nothing but ws, and that only when it is called for", () => {
		expect(built.match(/\bimport\b(?!\.meta)[^;]*?[;)]/g)).toEqual(["import(`ws`)"]);
		expect(built).not.toMatch(/\bfrom\s*["'`]/);
	});

	test("is a client that works, with all that the package exports", async () => {
		const served = await import(`data:text/javascript;base64,${Buffer.from((await get()).text).toString("base64")}`);
		expect(Object.keys(served).sort()).toEqual(Object.keys(await import("@holdfast/client")).sort());
		const holdfast = served.connect(world.origin, { transports: ["sse"] });
		const heard = new Promise((resolve) => {
			holdfast.channel("greetings").subscribe(({ data }: { data: unknown }) => resolve(data), { after: "first" });
		});
		expect(await heard).toBe("hello");
		holdfast.close();
	});
});

describe("in Chromium", () => {
	let browser: Browser;
	beforeAll(async () => {
		browser = await launchChromium();
	});
	afterAll(() => browser.close());

	async function open(path: string): Promise<Page> {
		const page = await browser.newPage();
		onTestFinished(() => page.close());
		await page.goto(world.origin + path);
		return page;
	}

	test("a page imports it and is told messages", async () => {
		const page = await open("/page");
		await expect.poll(() => page.title(), { timeout: 10_000 }).toBe("hello");
	});

	test("a worker imports it and is told messages", async () => {
		const page = await open("/blank");
		const heard = page.evaluate(`new Promise((resolve, reject) => {
			const worker = new Worker("/worker.js", { type: "module" });
			worker.onmessage = ({ data }) => resolve(data);
			worker.onerror = () => reject(new Error("The worker did not start"));
		})`);
		expect(await heard).toBe("hello");
	});

	test("it is itself the script of a SharedWorker", async () => {
		const page = await open("/blank");
		/** Whether the worker starts: what cannot be one is told by an error, soon, and what can by nothing. */
		const starts = (path: string) =>
			page.evaluate(`new Promise((resolve) => {
				const worker = new SharedWorker("${path}", { type: "module" });
				worker.onerror = () => resolve(false);
				setTimeout(() => resolve(true), 1000);
			})`);
		const asked: (string | undefined)[] = [];
		world.server.on("request", ({ url, headers }) => asked.push(`${url} for a ${headers["sec-fetch-dest"]}`));
		expect(await Promise.all(["/holdfast.js", "/blank", "/nothing.js"].map(starts))).toEqual([true, false, false]);
		expect(asked).toContain("/holdfast.js for a sharedworker");
	});
});

describe("a server without the file beside it", () => {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-unbuilt-"));
	const client = join(folder, "node_modules/@holdfast/client");
	const module = join(client, "dist/holdfast.js");

	beforeAll(() => {
		cpSync("packages/server/dist", join(folder, "server"), { recursive: true });
		writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
		mkdirSync(dirname(module), { recursive: true });
		cpSync("packages/client/package.json", join(client, "package.json"));
		for (const name of ["lmdb", "ws"]) symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	test("says so and goes on, and serves it once it is there", async () => {
		const { createHoldfast } = await import(pathToFileURL(join(folder, "server/index.js")).href);
		const bare = await startWorld({}, () => createHoldfast().handle);
		onTestFinished(() => bare.close());
		const { status, headers, json } = await ask(`${bare.origin}/holdfast.js`);
		expect({ status, type: headers["content-type"], code: json.code, detail: json.detail }).toEqual({
			status: 404,
			type: "application/problem+json",
			code: "not_found",
			detail: expect.stringMatching(/dist\/holdfast\.js of @holdfast\/client .* npm run build/),
		});
		expect((await ask(`${bare.origin}/v1/channels/a/messages`)).status).toBe(200);
		writeFileSync(module, "export {};");
		expect(await ask(`${bare.origin}/holdfast.js`)).toMatchObject({ status: 200, text: "export {};" });
		expect(bare.faults).toEqual([]);
	});
});
