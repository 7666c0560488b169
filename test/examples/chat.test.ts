import { createServer } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
	beginsWhenAnswered,
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
import { heard, say } from "./talk.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

/** In `room`, as `name`; a guest without one. */
async function chatter(room: string, name?: string, transport?: Transport): Promise<Visitor> {
	const cookie = name === undefined ? "" : await cookieOf(name);
	const visitor = await gallery.visit(`chat/#${room}`, { cookie, transport });
	onTestFinished(visitor.close);
	await visitor.live();
	return visitor;
}

const onTheirWay = ({ page }: Visitor) => page.locator("#own li p").allTextContents();

const example = () => `${gallery.url}/chat`;
const publish = (channel: string, data: unknown, cookie?: string) => script.publish(example(), channel, data, cookie);
const signIn = (body: unknown) => script.post(`${example()}/sign-in`, body);
const cookieOf = async (name: string) => (await signIn({ name })).cookie;

test("nothing stands in the way of anybody, while it is empty, full and cut off", async () => {
	const ann = await chatter("garden", "Ann", "long-poll");
	await lookAt(ann, "chat-empty");
	const bob = await cookieOf("Bob");
	await publish("chat.room.garden", { text: "Has anybody watered the tomatoes?" }, bob);
	await ann.page.getByText("tomatoes").waitFor();
	await say(ann, "This morning, and the beans too.");
	await eventually(() => onTheirWay(ann), []);
	await publish(
		"chat.room.garden",
		{ text: "Thank you!\nThen I can stay where I am, on the train, with no network to speak of." },
		bob,
	);
	await ann.page.getByText("on the train").waitFor();
	await say(ann, "See you on Saturday.");
	await eventually(async () => (await heard(ann)).length, 4);
	await lookAt(ann, "chat");

	await gallery.server.kill();
	const busy = createServer((_, response) => response.writeHead(503, { "Retry-After": "3" }).end());
	await new Promise<void>((resolve) => busy.listen(Number(new URL(gallery.url).port), "127.0.0.1", resolve));
	await ann.page.getByText(/Back in [1-3] s/).waitFor();
	await ann.page.getByText("is sent when the connection is back").waitFor();
	await say(ann, "Bring the big basket.");
	await eventually(() => onTheirWay(ann), ["Bring the big basket."]);
	await lookAt(ann, "chat-lost");
	busy.closeAllConnections();
	await new Promise((resolve) => busy.close(resolve));
	await gallery.server.restart();
	await ann.live();
	await eventually(() => onTheirWay(ann), []);
	expect(await ann.page.locator("#fate, #back").allTextContents()).toEqual(["", ""]);
});

test("over each transport: what two say comes to both, once and in one order, also what was written while the server was away", () =>
	overEach(async (transport, together) => {
		const room = `two-${transport}`;
		const ann = await chatter(room, "Ann", transport);
		const bob = await chatter(room, undefined, transport);
		const guest = (await bob.page.locator("#me").textContent()) ?? "";
		expect(guest).toMatch(/^guest-[0-9a-f]{6}$/);
		await say(ann, "first");
		await eventually(() => heard(bob), ["Ann: first"]);
		await say(bob, "second");
		const two = ["Ann: first", `${guest}: second`];
		await eventually(() => heard(ann), two);

		await together(gallery.server.kill);
		await say(ann, "while it was away");
		await say(ann, "and more");
		expect(await onTheirWay(ann)).toEqual(["while it was away", "and more"]);
		await together(gallery.server.restart);
		await Promise.all([ann.live(), bob.live()]);
		const four = [...two, "Ann: while it was away", "Ann: and more"];
		await eventually(() => heard(bob), four);
		await eventually(() => heard(ann), four);
		expect(await onTheirWay(ann)).toEqual([]);

		await bob.page.reload();
		await eventually(() => heard(bob), four);
		expect(await bob.page.locator("#me").textContent()).toBe(guest);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("what is on its way when the transport is changed and the room is left is stored once", async () => {
	const ann = await chatter("left", "Ann", "websocket");
	await say(ann, "before");
	await eventually(() => heard(ann), ["Ann: before"]);
	await gallery.server.kill();
	await say(ann, "between");
	await ann.page.locator("#connection label", { hasText: /^SSE$/ }).click();
	await ann.page.getByLabel("Another room").fill("elsewhere");
	await ann.page.getByRole("button", { name: "Go" }).click();
	await ann.page.getByRole("heading", { name: "elsewhere" }).waitFor();
	expect([await heard(ann), await onTheirWay(ann)]).toEqual([[], []]);
	await ann.page.goBack();
	await eventually(() => onTheirWay(ann), ["between"]);
	await gallery.server.restart();
	await ann.live("sse");
	await eventually(() => heard(ann), ["Ann: before", "Ann: between"]);
	await ann.live("sse");
	await ann.page.locator("#connection label", { hasText: /^Long poll$/ }).click();
	await say(ann, "after");
	await eventually(() => heard(ann), ["Ann: before", "Ann: between", "Ann: after"]);
	await ann.live("long-poll");
	expect(await onTheirWay(ann)).toEqual([]);
});

test("a page whose first request has no answer says so, and begins when it has one", async () => {
	const ann = await chatter("begins", "Ann");
	await beginsWhenAnswered(ann, "me");
	expect(await ann.page.locator("#me").textContent()).toBe("Ann");
});

test("what is refused says so, and is sent again by its button", async () => {
	const ann = await chatter("refused", "Ann", "short-poll");
	const cookies = await ann.page.context().cookies();
	await ann.page.context().clearCookies();
	await say(ann, "who am I?");
	await ann.page.getByText("Not sent:").waitFor();
	await lookAt(ann, "chat-refused");
	expect(await heard(ann)).toEqual([]);
	await ann.page.context().addCookies(cookies);
	await ann.page.getByRole("button", { name: "Send again" }).click();
	await eventually(() => heard(ann), ["Ann: who am I?"]);
	expect(await onTheirWay(ann)).toEqual([]);
});

test("the last fifty on entry; what comes while the page is hidden counts in the title; a reader further up is left there", async () => {
	const bob = await cookieOf("Bob");
	for (let i = 1; i <= 60; i++) await publish("chat.room.long", { text: `line ${i}` }, bob);
	const ann = await chatter("long", "Ann");
	await eventually(async () => (await heard(ann)).length, 50);
	expect((await heard(ann))[0]).toBe("Bob: line 11");
	const fromEnd = () => ann.page.locator("#log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
	expect(await fromEnd()).toBeLessThan(2);

	const see = (state: string) =>
		ann.page.evaluate((state) => {
			Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
			document.dispatchEvent(new Event("visibilitychange"));
		}, state);
	await see("hidden");
	await publish("chat.room.long", { text: "line 61" }, bob);
	await publish("chat.room.long", { text: "line 62" }, bob);
	await eventually(() => ann.page.title(), "(2) long · Chat · Holdfast");
	expect(await fromEnd()).toBeLessThan(2);
	await see("visible");
	expect(await ann.page.title()).toBe("long · Chat · Holdfast");

	await ann.page.locator("#log").evaluate((log) => log.scrollTo(0, 100));
	await publish("chat.room.long", { text: "line 63" }, bob);
	await ann.page.getByText("line 63").waitFor({ state: "attached" });
	expect(await ann.page.locator("#log").evaluate((log) => log.scrollTop)).toBe(100);
});

test("markup is text, as a name and as a message; Shift+Enter begins a line; what has no text is shown as nothing", async () => {
	const name = `<img src=x onerror="alert(1)">`;
	const ann = await chatter("markup", name);
	const bob = await chatter("markup");
	for (const data of [null, 7, "text", { text: 7 }, { text: null, nonce: {} }, ["text"]]) {
		expect((await publish("chat.room.markup", data, await cookieOf("Bob"))).status).toBe(201);
	}
	const message = "<script>alert(1)</script><b>x</b>";
	const field = ann.page.getByLabel("Message", { exact: true });
	await field.fill(message);
	await field.press("Shift+Enter");
	await field.pressSequentially("next");
	await field.press("Enter");
	await field.press("Enter");
	await eventually(() => heard(bob), [`${name}: ${message}\nnext`]);
	await eventually(() => heard(ann), [`${name}: ${message}\nnext`]);
	expect(await bob.page.locator("#messages p *, #messages b *, #messages img").count()).toBe(0);
	expect([...ann.errors, ...bob.errors]).toEqual([]);
});

test("who writes is what the server's cookie says, and a cookie with another signature says nothing", async () => {
	const ann = await cookieOf("Ann");
	expect((await publish("chat.room.rights", { text: "hi", from: "Bob" }, ann)).status).toBe(201);
	expect((await publish("chat.room.rights", { text: "hi" })).status).toBe(401);
	for (const forged of ["name=Bob", `${ann.slice(0, -3)}abc`, ann.replace("Ann", "Bob"), ann.replace("name=", "guest=")]) {
		expect((await publish("chat.room.rights", { text: "hi" }, forged)).status, forged).toBe(401);
		const me = await (await fetch(`${gallery.url}/chat/me`, { headers: { Cookie: forged } })).json();
		expect(me).toMatchObject({ guest: true });
	}
	for (const channel of ["chat", "chat.room.", "chat.room.A", "chat.rooms", "letters", `chat.room.${"x".repeat(33)}`]) {
		expect((await publish(channel, { text: "hi" }, ann)).status, channel).toBe(403);
		expect((await fetch(`${gallery.url}/chat/v1/channels/${channel}/messages`)).status, channel).toBe(403);
	}
	const { messages } = await (await fetch(`${gallery.url}/chat/v1/channels/chat.room.rights/messages?after=first`)).json();
	expect(messages).toMatchObject([{ from: "Ann", data: { text: "hi" } }]);
	expect(messages).toHaveLength(1);
});

test("names that cannot be are refused with a sentence, and so is nonsense", async () => {
	for (const name of ["x".repeat(400), "x".repeat(41), "", "   ", "a\u0000b", "a\u202eb", "\ud800", "Guest-123456"]) {
		const { status, cookie, body } = await signIn({ name });
		expect([status, cookie], name).toEqual([400, ""]);
		expect(body.detail).toMatch(/\w+ \w+/);
	}
	expect((await signIn({})).status).toBe(400);
	for (const path of ["chat/sign-in", "chat/sign-out"]) await refusesNonsense(gallery.url, { path });

	const ann = await chatter("lobby");
	await ann.page.getByLabel("Name").evaluate((field) => field.removeAttribute("maxlength"));
	await ann.page.getByLabel("Name").fill("x".repeat(400));
	await ann.page.getByRole("button", { name: "Sign in" }).click();
	await ann.page.getByText("40 characters").waitFor();
	await ann.page.getByLabel("Name").fill("Zoë 🙂");
	await ann.page.getByLabel("Name").press("Enter");
	await ann.page.getByRole("button", { name: "Sign out" }).click();
	await ann.page.getByText(/You are guest-/).waitFor();
});
