import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	type Transport,
	type Visitor,
} from "./gallery.ts";
import * as script from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

async function user(name: string, transport?: Transport): Promise<Visitor> {
	const visitor = await gallery.visit("notify/", { cookie: await cookieOf(name), transport });
	onTestFinished(visitor.close);
	await visitor.live();
	return visitor;
}

async function ask(page: Page, text: string): Promise<void> {
	await page.getByLabel("Your question").fill(text);
	await page.keyboard.press("Enter");
	await page.getByText("Asked.").waitFor();
}

async function answer(page: Page, question: string, text: string): Promise<void> {
	const row = page.locator("#questions li", { hasText: question });
	await row.getByRole("textbox").fill(text);
	await row.getByRole("button").click();
	await row.getByText("Sent to").waitFor();
}

const noticesOf = (page: Page) => page.locator("#notices .text").allTextContents();
const unreadOf = (page: Page) => page.locator("#notices .unread .text").allTextContents();

const example = () => `${gallery.url}/notify`;
const post = (path: string, body: unknown, cookie?: string) => script.post(`${example()}/${path}`, body, cookie);
const read = (channel: string, cookie?: string) => script.read(example(), channel, cookie);
const subscribing = (channel: string, cookie?: string) => script.subscribing(example(), channel, cookie);
const cookieOf = async (name: string) => (await post("sign-in", { name })).cookie;

async function channelOf(cookie: string): Promise<string> {
	const me = await fetch(`${example()}/me`, { headers: { Cookie: cookie } });
	return ((await me.json()) as { channel: string }).channel;
}

test("nothing stands in the way of anybody, while it is empty, full and cut off", async () => {
	const nobody = await gallery.visit("notify/");
	onTestFinished(nobody.close);
	await nobody.live();
	await lookAt(nobody, "notify-nobody");
	await nobody.page.getByLabel("Name").fill("Ann");
	await nobody.page.getByRole("button", { name: "Sign in" }).click();
	await nobody.page.getByRole("button", { name: "Sign out" }).waitFor();
	const ann = await user("Ann");
	await lookAt(ann, "notify-empty");
	await ask(ann.page, "Which bicycle pump fits the old valves?");
	const bob = await cookieOf("Bob");
	await post("ask", { text: "Does anyone have a spare tent for the weekend?" }, bob);
	const { messages } = await (await read("notify.questions")).json();
	await post("answer", { question: messages[0].id, text: "The one with the two heads. I can lend you mine." }, bob);
	await eventually(() => unreadOf(ann.page), ["The one with the two heads. I can lend you mine."]);
	await ann.page.getByRole("button", { name: "Mark as read" }).click();
	await eventually(() => unreadOf(ann.page), []);
	await post("answer", { question: messages[0].id, text: "Any, with an adapter: it screws on." }, await cookieOf("Chris"));
	await eventually(() => ann.page.locator("#word").textContent(), "1 new answer, by Chris.");
	await lookAt(ann, "notify");
	await gallery.server.kill();
	await ann.page.getByText("Connection lost").waitFor();
	await ann.page.getByRole("button", { name: "Mark as read" }).click();
	await ann.page.getByText("cannot be reached").waitFor();
	await lookAt(ann, "notify-lost");
	await gallery.server.restart();
	await ann.live();
});

test("over each transport: an answer comes to all tabs of the asker, or when they come back, and what one tab has read all have", () =>
	overEach(async (transport, together) => {
		const ann = await user(`Ann ${transport}`, transport);
		const bob = await user(`Bob ${transport}`, transport);
		const second = await ann.page.context().newPage();
		await second.goto(ann.page.url());
		const question = `Over ${transport}?`;
		await ask(ann.page, question);
		await answer(bob.page, question, "first");
		for (const page of [ann.page, second]) {
			await eventually(() => unreadOf(page), ["first"]);
			await eventually(() => page.title(), "(1) Notify · Holdfast");
		}
		await second.getByRole("button", { name: "Mark as read" }).click();
		for (const page of [ann.page, second]) {
			await eventually(() => unreadOf(page), []);
			await eventually(() => page.title(), "Notify · Holdfast");
		}
		expect(await noticesOf(bob.page)).toEqual([]);

		await second.close();
		await ann.page.goto("about:blank");
		await answer(bob.page, question, "second");
		await together(gallery.restart);
		await answer(bob.page, question, "third");
		await ann.page.goBack();
		await eventually(() => unreadOf(ann.page), ["third", "second"]);
		expect(await noticesOf(ann.page)).toEqual(["third", "second", "first"]);
		expect(await ann.page.locator("#count").textContent()).toBe("2");
		expect(await ann.page.locator("#word").textContent()).toBe(`2 new answers, the newest by Bob ${transport}.`);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("a channel of a user is for that user alone, over HTTP and WebSocket, and only the server publishes", async () => {
	const [ann, bob] = [await cookieOf("Ann"), await cookieOf("Bob")];
	const channel = await channelOf(ann);
	expect((await read(channel, ann)).status).toBe(200);
	expect((await read(channel, bob)).status).toBe(403);
	for (const cookie of ["", `${ann.slice(0, -3)}abc`, ann.replace("Ann", "Bob")])
		expect((await read(channel, cookie)).status).toBe(401);
	for (const other of ["chat.room.lobby", "letters", "notify.user."]) expect((await read(other, ann)).status).toBe(403);
	expect(await subscribing(channel, ann)).toMatchObject({ op: "ok" });
	expect(await subscribing(channel, bob)).toMatchObject({ op: "error", code: "forbidden" });
	expect(await subscribing(channel, "")).toMatchObject({ op: "error", code: "unauthorized" });
	for (const name of [channel, "notify.questions"]) {
		expect((await script.publish(example(), name, { text: "x" }, ann)).status).toBe(403);
	}
});

test("markup is text, as a name, a question and an answer", async () => {
	const [name, words] = [`<img src=x onerror="alert(1)">`, "<b>bold?</b><script>alert(1)</script>"];
	const ann = await user(name);
	await ask(ann.page, words);
	const bob = await user("<i>Bob</i>");
	await answer(bob.page, words, words);
	await eventually(() => unreadOf(ann.page), [words]);
	expect(await ann.page.locator("#word").textContent()).toBe("1 new answer, by <i>Bob</i>.");
	expect(await ann.page.locator("#notices b, #notices q").allTextContents()).toEqual(["<i>Bob</i>", words]);
	expect(await bob.page.locator("main img, main i, main script").count()).toBe(0);
	expect([...ann.errors, ...bob.errors]).toEqual([]);
});

test("what makes no sense is refused with a sentence, and what is sent twice is stored once", async () => {
	const ann = await cookieOf("Ann");
	const { id } = (await post("ask", { text: "Twice?" }, ann)).body;
	expect((await post("ask", { text: "Twice? " }, ann)).body).toEqual({ id });
	const unknown = id.replace(/\d+$/, "99999");
	const refused: [number, string, unknown, string][] = [
		[401, "ask", { text: "hi" }, ""],
		[401, "answer", { question: id, text: "hi" }, ""],
		[401, "read", { upTo: id }, ""],
		[400, "ask", { text: "  " }, ann],
		[400, "ask", { text: "x".repeat(1001) }, ann],
		[400, "ask", {}, ann],
		[400, "answer", { question: "1", text: "hi" }, ann],
		[400, "answer", { question: "h7Qx-0", text: "hi" }, ann],
		[404, "answer", { question: unknown, text: "hi" }, ann],
		[404, "answer", { question: "other-1", text: "hi" }, ann],
		[400, "read", { upTo: "first" }, ann],
		[400, "sign-in", { name: " " }, ""],
		[400, "sign-in", { name: "x".repeat(41) }, ""],
		[400, "sign-in", { name: "a\u0000b" }, ""],
	];
	for (const [status, path, body, cookie] of refused) {
		const response = await post(path, body, cookie);
		expect(response.status, `${path} ${JSON.stringify(body).slice(0, 40)}`).toBe(status);
		expect(response.body.detail).toMatch(/\w+ \w+/);
	}
	for (const path of ["sign-in", "sign-out", "ask", "answer", "read"]) {
		await refusesNonsense(gallery.url, { path: `notify/${path}`, headers: { Cookie: ann } });
	}
	expect((await post("answer", { question: id, text: "Still there." }, await cookieOf("Bob"))).status).toBe(200);
});
