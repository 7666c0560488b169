/** The page of a server with rights: asking for a token, using it on every transport, and what is said when it is no good. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Claims, seconds, sign } from "../rights/issuer.ts";
import { violations } from "../support/axe.ts";
import { launchChromium } from "../support/chromium.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { type ConsolePage, eventually, offsets, openConsole, transportLabels, transports, upTo } from "./console-page.ts";

const secret = "a secret of the issuer and of the server";
const all = { sub: "ann", holdfast: { read: ["*"], publish: ["*"] } };
const sendsNoHeader = ["sse", "websocket"];

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
	browser = await launchChromium();
	server = await startServer({ args: ["--memory", "--public-read", "public"], env: { HOLDFAST_TOKEN_SECRET: secret } });
});

afterAll(async () => {
	await browser.close();
	await server.kill("SIGTERM");
});

const token = (claims: Claims = {}) => sign(new TextEncoder().encode(secret), "HS256", { ...all, ...claims });

async function console(hash: Record<string, string>, options?: BrowserContextOptions): Promise<ConsolePage> {
	const opened = await openConsole(browser, server.url, { interval: "500", ...hash }, options);
	onTestFinished(async () => {
		await opened.close();
		expect(opened.errors).toEqual([]);
	});
	return opened;
}

const field = (page: Page) => page.getByLabel("Token or API key");

async function give(page: Page, text: string): Promise<void> {
	await field(page).fill(text);
	await page.keyboard.press("Enter");
}

const focus = (page: Page) => page.evaluate(() => document.activeElement?.id);

async function post(path: string, bearer: string, body: unknown): Promise<void> {
	const headers = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" };
	expect((await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) })).ok).toBe(true);
}

/** All tickets that the page goes on to use. */
function ticketsOf(page: Page): string[] {
	const tickets: string[] = [];
	const note = (to: { url(): string }) => tickets.push(...new URL(to.url()).searchParams.getAll("ticket"));
	page.on("request", note);
	page.on("websocket", note);
	return tickets;
}

test.each(transports)("by %s a token is asked for, used, kept over a reload, and never to be seen", async (transport) => {
	const opened = await console({ channel: `with-${transport}`, transport, begin: "first" });
	const { page, state, publish, datas } = opened;
	const tickets = ticketsOf(page);
	await state("Enter a token");
	expect(await focus(page)).toBe("");
	const given = await token();
	await give(page, given);
	await state(`Live by ${transportLabels[transport]}`);
	await eventually(() => field(page).isVisible(), false);
	expect(await focus(page)).toBe("token-fold");

	await publish("who is there");
	await eventually(datas, ["who is there"]);
	await page.locator("#messages").getByText("from ann", { exact: true }).waitFor();
	const wire = page.locator("#wire");
	await wire.getByText("Authorization: Bearer eyJhbGci…").first().waitFor();
	if (sendsNoHeader.includes(transport)) {
		await wire.getByText('{"ticket":"').waitFor();
		await wire.getByText(/&ticket=\S{1,8}…/).waitFor();
	}
	expect(await page.locator("#curl-read").textContent()).toContain('-H "Authorization: Bearer $HOLDFAST_TOKEN"');

	await page.reload();
	await state(`Live by ${transportLabels[transport]}`);
	await eventually(datas, ["who is there"]);
	expect(await field(page).isVisible()).toBe(false);
	expect(tickets).toHaveLength(sendsNoHeader.includes(transport) ? 2 : 0);
	for (const hidden of [given, ...tickets]) {
		expect(page.url()).not.toContain(hidden);
		expect(await page.content()).not.toContain(hidden);
	}
});

test("a token that expires in mid-stream is asked for anew, by any transport, and is not tried again", async () => {
	const pages = await Promise.all(transports.map((transport) => console({ channel: "expiring", transport, begin: "first" })));
	await Promise.all(pages.map(({ state }) => state("Enter a token")));
	const passing = await token({ exp: seconds() + 6 });
	await Promise.all(pages.map(({ page }) => give(page, passing)));
	await Promise.all(pages.map(({ state }) => state("Live")));
	await post("/v1/channels/expiring/messages", await token(), 1);
	await Promise.all(pages.map(({ ids }) => eventually(async () => offsets(await ids()), [1])));
	await Promise.all(pages.map(({ state }) => state("The token has expired")));

	const requests: string[] = [];
	for (const { page } of pages) page.on("request", (request) => requests.push(request.url()));
	await post("/v1/channels/expiring/messages", await token(), 2);
	// The first wait before coming back would be over.
	await new Promise((resolve) => setTimeout(resolve, 1200));
	expect(requests).toEqual([]);
	const next = await token();
	await Promise.all(pages.map(({ page }) => give(page, next)));
	for (const { ids } of pages) await eventually(async () => offsets(await ids()), upTo(2));
});

test("a token that is no good is refused in words, and can be shown, replaced and forgotten", async () => {
	const { page, state, choose } = await console({ channel: "wrong", transport: "websocket" });
	await state("Enter a token");
	await give(page, "no token at all");
	await page.getByRole("alert").filter({ hasText: "no spaces" }).waitFor();
	await give(page, `${await token()}x`);
	await state("Enter another");
	await page.getByLabel("Channel").focus();
	await choose("Continue");
	expect(await focus(page)).toBe("token");

	expect(await field(page).getAttribute("type")).toBe("password");
	await choose("Show");
	expect(await field(page).getAttribute("type")).toBe("text");
	await choose("Hide");
	await give(page, await token());
	await state("Live by WebSocket");

	await choose("Token…");
	await choose("Forget");
	await state("Enter a token");
	expect(await field(page).inputValue()).toBe("");
	expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
	expect(await page.locator("#curl-read").textContent()).not.toContain("Authorization");
	await page.reload();
	await state("Enter a token");
});

test("rights that a token never had, or has no more, are told, and nothing is tried again", async () => {
	const other = await console({ channel: "elsewhere", transport: "sse" });
	await other.state("Enter a token");
	await give(other.page, await token({ holdfast: { read: ["here"] } }));
	await other.state("403 forbidden: You may not read elsewhere.");

	const pages = await Promise.all(["sse", "websocket"].map((transport) => console({ channel: "here", transport })));
	const revoked = await token({ sub: "bob", jti: "bob's" });
	for (const { page, state } of pages) {
		await state("Enter a token");
		await give(page, revoked);
		await state("Live");
	}
	await post("/v1/revocations", await token({ holdfast: { admin: true } }), { jti: "bob's" });
	for (const { state } of pages) await state("You may not read this channel any more");
});

test("where reading is public, publishing asks for the token, and what was typed stays", async () => {
	const { page, state, publish } = await console({ channel: "public", transport: "long-poll" });
	await state("Live");
	expect(await field(page).isVisible()).toBe(false);
	await publish("mine");
	await page.locator("#outcome", { hasText: "Enter a token" }).waitFor();
	expect(await focus(page)).toBe("data");
	await give(page, await token());
	await eventually(() => field(page).isVisible(), false);
	await page.getByLabel("Publish", { exact: true }).press("Enter");
	await page.getByText(/^Stored as /).waitFor();
});

test.each([
	["light", 1280],
	["dark", 320],
] as const)(
	"in %s at %d pixels nothing moves when the field is unfolded, and it stands in nobody's way",
	async (colorScheme, width) => {
		const messages = Array.from({ length: 30 }, (_, n) => ({ channel: "public", data: n }));
		await post("/v1/messages", await token(), messages);
		const hash = { channel: "public", transport: "poll", begin: "first" };
		const { page, state, choose } = await console(hash, { colorScheme, viewport: { width, height: 800 } });
		const atEnd = () => eventually(() => page.locator("#scroll").evaluate(isAtEnd), true);
		await state("Live");
		await atEnd();
		const places = () =>
			page.evaluate(() =>
				[...document.querySelectorAll(".panel, #token-fold")].map((each) => each.getBoundingClientRect().toJSON()),
			);
		const folded = await places();
		await choose("Token…");
		await choose("Use");
		await page.getByRole("alert").filter({ hasText: "Paste a token" }).waitFor();
		expect(await places()).toEqual(folded);
		await atEnd();
		expect(await violations(page)).toEqual([]);
		const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
		expect(scrollWidth).toBe(clientWidth);
		await page.keyboard.press("Escape");
		expect(await field(page).isVisible()).toBe(false);
		expect(await focus(page)).toBe("token-fold");
	},
);

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: Element): boolean {
	return scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 2;
}
