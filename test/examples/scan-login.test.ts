import { scanLoginFor } from "@holdfast/example-scan-login";
import { devices } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Log } from "../../packages/server/src/index.ts";
import { startAlone } from "./alone.ts";
import { eventually, type Gallery, lookAt, overEach, refusesNonsense, startGallery, type Visitor } from "./gallery.ts";
import { type Answer, post } from "./script.ts";

let gallery: Gallery;
/** Every secret that was shown in this file. */
const secrets: string[] = [];

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const { defaultBrowserType: _, ...phoneDevice } = devices["Pixel 7"] ?? {};
const base = () => `${gallery.url}/scan-login`;

/** What a phone's camera reads. */
async function linkOf({ page }: Visitor): Promise<string> {
	await page.locator("#waiting").waitFor();
	const link = await page.locator("#link").evaluate((link) => (link as HTMLAnchorElement).href);
	secrets.push(link.split("#")[1] ?? "");
	return link;
}

const scan = (link: string) => gallery.visit(link.slice(gallery.url.length + 1), { ...phoneDevice });

async function confirmAs({ page }: Visitor, name: string): Promise<void> {
	await page.getByLabel("Your name").fill(name);
	await page.getByRole("button", { name: "Sign in there" }).click();
}

/** All that a page sends, but for bodies. */
function urlsOf({ page }: Visitor): string[] {
	const urls: string[] = [];
	page.on("request", (request) => urls.push(`${request.url()} ${JSON.stringify(request.headers())}`));
	page.on("websocket", (socket) => urls.push(socket.url()));
	return urls;
}

const cookieOf = async ({ page }: Visitor) =>
	(await page.context().cookies(`${base()}/`)).map(({ name, value }) => `${name}=${value}`).join("; ");

test("nothing stands in the way of anybody, at the code, on the phone, signed in and cut off", async () => {
	const desktop = await gallery.visit("scan-login/");
	onTestFinished(desktop.close);
	await desktop.live();
	const link = await linkOf(desktop);
	expect(await desktop.page.locator("#code").evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
	await desktop.page.getByText(/^Good for [1-6]?\d s$/).waitFor();
	await lookAt(desktop, "scan-login");

	const phone = await scan(link);
	onTestFinished(phone.close);
	await phone.page.getByText(/It calls itself Chrome on \w+, shows this code/).waitFor();
	await lookAt(phone, "scan-login-phone");
	await confirmAs(phone, "<img src=x onerror=alert(1)> Ann");
	await phone.page.getByText("You may close this page.").waitFor();
	await lookAt(phone, "scan-login-phone-done");
	await desktop.page.getByText("Signed in as <img src=x onerror=alert(1)> Ann").waitFor();
	await lookAt(desktop, "scan-login-done");
	expect(await desktop.page.locator("#done img").count()).toBe(0);

	await desktop.page.getByRole("button", { name: "Sign out" }).click();
	await linkOf(desktop);
	await gallery.server.kill();
	await desktop.page.getByText("Connection lost").waitFor();
	await desktop.page.getByRole("button", { name: "Show a new code" }).click();
	await desktop.page.getByText("cannot be reached").waitFor();
	await lookAt(desktop, "scan-login-lost");
	await gallery.server.restart();
	await desktop.live();
});

test("over each transport: a phone signs in the page that asked, across a restart, once, and the secret is sent in bodies alone", () =>
	overEach(async (transport, together) => {
		const desktop = await gallery.visit("scan-login/", { transport });
		onTestFinished(desktop.close);
		const urls = urlsOf(desktop);
		await desktop.live();
		const link = await linkOf(desktop);
		const secret = link.split("#")[1] ?? "";
		expect(secret).toMatch(/^[\w-]{43}$/);
		await together(gallery.restart);
		const phone = await scan(link);
		onTestFinished(phone.close);
		urls.push(...urlsOf(phone));
		const phoneUrls = urlsOf(phone);
		await phone.page.locator("#asked").waitFor();
		expect(phone.page.url()).not.toContain(secret);
		await desktop.live();
		await confirmAs(phone, "Ann");
		await desktop.page.getByText("Signed in as Ann").waitFor();

		const late = await scan(link);
		onTestFinished(late.close);
		await late.page.getByText("This code was used or is too old.").waitFor();
		await together(gallery.restart);
		await desktop.page.reload();
		await desktop.page.getByText("Signed in as Ann").waitFor();
		expect([...urls, ...phoneUrls].join("\n")).not.toContain(secret);
		expect([...desktop.errors, ...phone.errors, ...late.errors]).toEqual([]);
	}));

test("what is confirmed while the page is away is claimed when it is back", async () => {
	const desktop = await gallery.visit("scan-login/", { transport: "sse" });
	onTestFinished(desktop.close);
	await desktop.live();
	const secret = (await linkOf(desktop)).split("#")[1];
	await desktop.page.route("**/claim", (route) => route.abort(), { times: 1 });
	expect((await post(`${base()}/confirm`, { secret, name: "Ann" })).status).toBe(200);
	await desktop.page.getByText("cannot be reached").waitFor();
	await gallery.restart();
	await desktop.page.getByText("Signed in as Ann").waitFor();
});

test("who has seen the code is not signed in by it, and cannot read the channel of who waits", async () => {
	const asked = await post(`${base()}/codes`, {});
	const other = await post(`${base()}/codes`, {});
	secrets.push(asked.body.secret, other.body.secret);
	const wait = `${base()}/v1/channels/scan-login.wait.${asked.body.wait}/messages`;
	const read = async (url: string, cookie: string) => (await fetch(`${url}?after=first`, { headers: { cookie } })).status;
	expect(await read(wait, asked.cookie)).toBe(200);
	expect(await read(wait, other.cookie)).toBe(403);
	expect(await read(wait, "")).toBe(403);
	expect(await read(`${base()}/v1/channels/scan-login.codes/messages`, asked.cookie)).toBe(403);
	expect((await post(wait, "confirmed", asked.cookie)).status).toBe(403);

	expect((await post(`${base()}/claim`, {}, asked.cookie)).status).toBe(410);
	const confirm = () => post(`${base()}/confirm`, { secret: asked.body.secret, name: "Ann" });
	const both = await Promise.all([confirm(), confirm()]);
	expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
	expect((await post(`${base()}/claim`, {}, other.cookie)).status).toBe(410);
	expect((await post(`${base()}/claim`, {})).status).toBe(410);
	expect((await post(`${base()}/claim`, {}, asked.cookie)).body).toEqual({ name: "Ann" });
	// Its answer may have been lost.
	const again = await post(`${base()}/claim`, {}, asked.cookie);
	expect(again.status).toBe(200);
	const me = async (cookie: string) => (await (await fetch(`${base()}/me`, { headers: { cookie } })).json()).name;
	expect(await me(again.cookie)).toBe("Ann");
	expect(await me(again.cookie.replace("Ann", "Bob"))).toBe(null);
	await post(`${base()}/sign-out`, {}, asked.cookie);
	expect((await post(`${base()}/claim`, {}, asked.cookie)).status).toBe(410);
});

test("a new code ends the one before", async () => {
	const desktop = await gallery.visit("scan-login/", { transport: "websocket" });
	onTestFinished(desktop.close);
	await desktop.live();
	const first = (await linkOf(desktop)).split("#")[1];
	await desktop.page.getByRole("button", { name: "Show a new code" }).click();
	await eventually(async () => (await linkOf(desktop)).split("#")[1] === first, false);
	expect((await post(`${base()}/look`, { secret: first })).status).toBe(410);
	const second = (await linkOf(desktop)).split("#")[1];
	expect((await post(`${base()}/confirm`, { secret: second, name: "Ann" })).status).toBe(200);
	await desktop.page.getByText("Signed in as Ann").waitFor();
	expect(await cookieOf(desktop)).not.toContain(second);
});

test("a code that is too old is refused and renewed, and no message holds a secret", async () => {
	let log: Log | undefined;
	const example = scanLoginFor({ codeFor: 2000 });
	const { url, close } = await startAlone("/scan-login", (app, stage) => {
		log = stage.log;
		return example(app, stage);
	});
	onTestFinished(close);
	const context = await gallery.browser.newContext();
	onTestFinished(() => context.close());
	const page = await context.newPage();
	await page.goto(`${url}/`);
	const secretOf = () => page.locator("#link").evaluate((link) => (link as HTMLAnchorElement).hash.slice(1));
	await page.getByText("Good for 1 s").waitFor();
	const old = await secretOf();
	await page.getByText("This code is too old.").waitFor();
	const refused = await post(`${url}/confirm`, { secret: old, name: "Ann" });
	expect([refused.status, refused.body.detail]).toEqual([410, expect.stringMatching(/used or is too old/)]);
	await page.getByRole("button", { name: "Show a new code" }).click();
	await page.getByText("Good for").waitFor();
	const secret = await secretOf();
	expect(secret).not.toBe(old);
	expect((await post(`${url}/confirm`, { secret, name: "Ann" })).status).toBe(200);
	await page.getByText("Signed in as Ann").waitFor();

	if (log === undefined) throw new Error("The example was given no log");
	const { channels } = await log.list({ prefix: "", after: "", limit: 100 });
	expect(channels.map(({ channel }) => channel.replace(/wait\..*/, "wait"))).toEqual(["scan-login.codes", "scan-login.wait"]);
	for (const { channel } of channels) {
		const { messages } = await log.read(channel, "first", { messages: 1000, bytes: 1e6 });
		expect(messages.length).toBeGreaterThan(0);
		for (const one of [old, secret]) expect(channel + JSON.stringify(messages)).not.toContain(one);
	}
});

test("open codes are bounded, and nonsense is refused", async () => {
	const { url, close } = await startAlone("/scan-login", scanLoginFor({ codeFor: 60_000 }));
	onTestFinished(close);
	let last: Answer | undefined;
	for (let i = 0; i < 100; i++) last = await post(`${url}/codes`, {});
	expect(last?.status).toBe(200);
	expect((await post(`${url}/codes`, {})).status).toBe(503);
	// Whoever has one may renew it.
	expect((await post(`${url}/codes`, {}, last?.cookie)).status).toBe(200);

	const { secret } = (await post(`${base()}/codes`, {})).body;
	secrets.push(secret);
	const confirm = (more: object) => post(`${base()}/confirm`, { secret, ...more });
	for (const name of [undefined, "", "   ", "a\nb", "\u202eevil", "x".repeat(41)])
		expect((await confirm({ name })).status).toBe(400);
	for (const wrong of ["", "short", "x".repeat(44)]) {
		expect((await confirm({ secret: wrong, name: "Ann" })).status).toBe(400);
		expect((await post(`${base()}/look`, { secret: wrong })).status).toBe(400);
	}
	expect((await confirm({ secret: "x".repeat(43), name: "Ann" })).status).toBe(410);
	expect((await post(`${base()}/look`, { secret: "x".repeat(43) })).status).toBe(410);
	for (const path of ["codes", "look", "confirm", "claim", "sign-out"])
		await refusesNonsense(gallery.url, { path: `scan-login/${path}` });
	expect((await confirm({ name: "Ann" })).status).toBe(200);
});

test("no secret was written to the server's output", () => {
	const written = [...gallery.server.lines, ...gallery.server.errors].join("\n");
	expect(secrets.length).toBeGreaterThan(5);
	for (const secret of secrets) expect(written).not.toContain(secret);
});
