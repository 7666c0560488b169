import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	type Transport,
	transportNames,
	type Visitor,
} from "./gallery.ts";
import * as script from "./script.ts";
import { heard, say } from "./talk.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const example = () => `${gallery.url}/support`;
const post = (path: string, body: unknown, cookie?: string) => script.post(`${example()}/${path}`, body, cookie);
const read = (channel: string, cookie?: string) => script.read(example(), channel, cookie);
const subscribing = (channel: string, cookie?: string) => script.subscribing(example(), channel, cookie);

/** What a script has, that asked for help or sat down. */
async function cookieOf(route: "join" | "sit", name: string, text = "Help!"): Promise<string> {
	const response = await post(route, route === "join" ? { name, text } : { name });
	expect(response.status).toBe(200);
	return response.cookie;
}

async function talkOf(cookie: string): Promise<string> {
	const me = await fetch(`${example()}/me`, { headers: { Cookie: cookie } });
	return ((await me.json()) as { talk: { visitor: { id: string } } }).talk.visitor.id;
}

async function come(cookie: string, transport?: Transport): Promise<Visitor> {
	const visitor = await gallery.visit("support/", { cookie, transport });
	onTestFinished(visitor.close);
	// Who has not asked for help has nothing to read.
	if (cookie === "") await visitor.page.getByText("Not connected").waitFor();
	else await visitor.live();
	return visitor;
}

const lineOf = ({ page }: Visitor) => page.locator("#line b").allTextContents();
const stands = ({ page }: Visitor) => page.locator("#with").textContent();

test("nothing stands in the way of anybody, before and in a talk, at the desk and cut off", async () => {
	const ann = await come("");
	await lookAt(ann, "support-start");
	await ann.page.locator("#name").fill("Ann");
	await ann.page.getByLabel("What is it about?").fill("My parcel says delivered, and there is none.");
	await ann.page.getByRole("button", { name: "Ask" }).click();
	await ann.page.getByText("You wait for an agent").waitFor();
	await ann.live();
	await eventually(() => heard(ann), ["You: My parcel says delivered, and there is none."]);
	await lookAt(ann, "support-waiting");

	const ben = await come("");
	await ben.page.locator("#agent").fill("Ben");
	await ben.page.getByRole("button", { name: "Sit at the desk" }).click();
	await ben.page.getByRole("button", { name: "Take Ann" }).click();
	await eventually(() => stands(ann), "You talk with Ben.");
	await say(ben, "I am sorry to hear that. Which number does it have?");
	await eventually(async () => (await heard(ann)).length, 2);
	await say(ann, "It ends with 4711. The neighbours have nothing either.");
	const chris = await cookieOf("join", "Chris");
	const takeChris = ben.page.getByRole("button", { name: "Take Chris" });
	await takeChris.focus();
	const others = [chris, await cookieOf("join", "Dora")];
	await eventually(() => lineOf(ben), ["Chris", "Dora"]);
	expect(await takeChris.evaluate((button) => button === document.activeElement)).toBe(true);
	await eventually(async () => (await heard(ben)).length, 3);
	await lookAt(ben, "support");

	await gallery.server.kill();
	await ben.page.getByText("Connection lost").waitFor();
	await say(ben, "It stands at the depot. I send it out again today.");
	await takeChris.click();
	await ben.page.getByText("cannot be reached").waitFor();
	await lookAt(ben, "support-lost");
	await gallery.server.restart();
	await Promise.all([ann.live(), ben.live()]);
	await eventually(() => heard(ann).then((rows) => rows.at(-1)), "Ben: It stands at the depot. I send it out again today.");
	await ann.page.getByRole("button", { name: "Close the talk" }).click();
	await eventually(() => stands(ann), "This talk is closed.");
	await eventually(() => stands(ben), "This talk is closed.");
	for (const other of others) await post("close", { talk: await talkOf(other) }, other);
	await eventually(() => lineOf(ben), []);
});

test("over each transport: one of two agents takes the visitor; they talk over reloads and a restart; the agent closes and takes the next", () =>
	overEach(async (transport, together) => {
		// All agents see one line.
		const named = (name: string) => transportNames.map((one) => `${name}, ${one}`).sort();
		const sortedLineOf = async (agent: Visitor) => (await lineOf(agent)).sort();
		const [Ann, Dora] = [`Ann, ${transport}`, `Dora, ${transport}`];
		const [ann, ben, cleo] = await Promise.all([
			come(await cookieOf("join", Ann, "first"), transport),
			come(await cookieOf("sit", "Ben"), transport),
			come(await cookieOf("sit", "Cleo"), transport),
		]);
		await eventually(() => sortedLineOf(cleo), named("Ann"));
		await together();
		await ben.page.getByRole("button", { name: `Take ${Ann}` }).click();
		await eventually(() => lineOf(cleo), []);
		await eventually(() => stands(ann), "You talk with Ben.");
		await eventually(() => heard(ben), [`${Ann}: first`]);
		await say(ben, "second");
		await eventually(() => heard(ann), ["You: first", "Ben: second"]);

		await together(gallery.server.kill);
		await say(ann, "third");
		await ann.page.getByText("Sending …").waitFor();
		await together(gallery.server.restart);
		await Promise.all([ann, ben, cleo].map((visitor) => visitor.live()));
		await eventually(() => heard(ann), ["You: first", "Ben: second", "You: third"]);
		expect(await ann.page.getByLabel("Message", { exact: true }).inputValue()).toBe("");
		await Promise.all([ann.page.reload(), ben.page.reload()]);
		await eventually(() => heard(ben), [`${Ann}: first`, "You: second", `${Ann}: third`]);
		await eventually(() => heard(ann), ["You: first", "Ben: second", "You: third"]);

		await cookieOf("join", Dora, "next");
		await eventually(() => sortedLineOf(cleo), named("Dora"));
		await together();
		await ben.page.getByRole("button", { name: "Close the talk" }).click();
		await eventually(() => stands(ann), "This talk is closed.");
		await ann.page.getByRole("button", { name: "Ask" }).waitFor();
		await ben.page.getByRole("button", { name: `Take ${Dora}` }).click();
		await eventually(() => heard(ben), [`${Dora}: next`]);
		await ben.page.getByRole("button", { name: "Close the talk" }).click();
		await eventually(() => stands(ben), "This talk is closed.");
		await eventually(() => lineOf(cleo), []);
		expect([...ann.errors, ...ben.errors, ...cleo.errors]).toEqual([]);
	}));

test("a talk that was closed before its visitor is back is closed for the page that comes back", async () => {
	const cookie = await cookieOf("join", "Ann");
	const talk = await talkOf(cookie);
	const ann = await come(cookie, "long-poll");
	await eventually(() => heard(ann), ["You: Help!"]);
	await gallery.server.kill();
	await ann.page.getByText("Connection lost").waitFor();
	await gallery.server.restart();
	expect((await post("close", { talk }, cookie)).status).toBe(200);
	await eventually(() => stands(ann), "This talk is closed.");
	await ann.page.getByRole("button", { name: "Ask" }).waitFor();
});

test("a talk is for its visitor and its agent alone, and for the agent only from when it is taken until it is closed", async () => {
	const [ann, other] = [await cookieOf("join", "Ann"), await cookieOf("join", "Other")];
	const [ben, cleo] = [await cookieOf("sit", "Ben"), await cookieOf("sit", "Cleo")];
	const talk = await talkOf(ann);
	const channel = `support.talk.${talk}`;
	const publish = (cookie: string) => script.publish(example(), channel, { text: "hi" }, cookie);
	const may = async (cookie: string) => [(await read(channel, cookie)).status, (await publish(cookie)).status];
	const no = [403, 403];
	expect([await may(ann), await may(ben), await may(cleo), await may(other)]).toEqual([[200, 201], no, no, no]);
	expect([await may(""), await may(ann.replace("Ann", "Ben"))]).toEqual([
		[401, 401],
		[401, 401],
	]);

	const taken = await Promise.all([post("take", { talk }, ben), post("take", { talk }, cleo)]);
	expect(taken.map(({ status }) => status).sort()).toEqual([200, 409]);
	const [winner, loser] = taken[0].status === 200 ? [ben, cleo] : [cleo, ben];
	expect([await may(ann), await may(winner), await may(loser), await may(other)]).toEqual([[200, 201], [200, 201], no, no]);
	expect(await subscribing(channel, winner)).toMatchObject({ op: "ok" });
	expect(await subscribing(channel, loser)).toMatchObject({ op: "error", code: "forbidden" });
	expect((await read("support.line", ben)).status).toBe(200);
	for (const cookie of [ann, other]) expect((await read("support.line", cookie)).status).toBe(403);
	expect((await script.publish(example(), "support.line", [], winner)).status).toBe(403);

	expect((await post("take", { talk: await talkOf(other) }, winner)).status).toBe(409);
	expect((await post("leave", {}, winner)).status).toBe(409);
	expect((await post("join", { name: "Ann", text: "again" }, ann)).status).toBe(409);
	for (const cookie of [loser, other, ""]) expect((await post("close", { talk }, cookie)).status).toBe(403);
	expect((await post("close", { talk }, winner)).status).toBe(200);
	expect([await may(ann), await may(winner)]).toEqual([no, no]);
	expect((await post("take", { talk }, loser)).status).toBe(409);
	await post("close", { talk: await talkOf(other) }, other);
});

test("markup is text, as a name and as a message", async () => {
	const [name, words] = [`<img src=x onerror="alert(1)">`, "<b>bold?</b><script>alert(1)</script>"];
	const visitor = await come(await cookieOf("join", name, words));
	const agent = await come(await cookieOf("sit", "<i>Ben</i>"));
	await eventually(() => lineOf(agent), [name]);
	await agent.page.getByRole("button", { name: `Take ${name}` }).click();
	await eventually(() => heard(agent), [`${name}: ${words}`]);
	await eventually(() => stands(visitor), "You talk with <i>Ben</i>.");
	expect(await agent.page.locator("main img, main i, main script, #messages p *").count()).toBe(0);
	await agent.page.getByRole("button", { name: "Close the talk" }).click();
	await eventually(() => stands(visitor), "This talk is closed.");
	expect([...visitor.errors, ...agent.errors]).toEqual([]);
});

test("what makes no sense is refused with a sentence, and the line has an end", async () => {
	const agent = await cookieOf("sit", "Ben");
	const refused: [number, string, unknown, string][] = [
		[401, "take", { talk: "x" }, ""],
		[409, "take", { talk: "x" }, agent],
		[400, "take", {}, agent],
		[403, "close", { talk: "x" }, agent],
		[400, "close", { talk: "x".repeat(41) }, agent],
		[400, "join", { name: "Ann", text: " " }, ""],
		[400, "join", { name: "Ann", text: "x".repeat(2001) }, ""],
		[400, "join", { name: " ", text: "hi" }, ""],
		[400, "join", { name: "x".repeat(41), text: "hi" }, ""],
		[400, "sit", { name: "a\u0000b" }, ""],
	];
	for (const [status, path, body, cookie] of refused) {
		const response = await post(path, body, cookie);
		expect(response.status, `${path} ${JSON.stringify(body).slice(0, 40)}`).toBe(status);
		expect(response.body.detail).toMatch(/\w+ \w+/);
	}
	for (const path of ["join", "sit", "leave", "take", "close"]) {
		await refusesNonsense(gallery.url, { path: `support/${path}`, headers: { Cookie: agent } });
	}

	const name = "🙂".repeat(40);
	const joined: string[] = [];
	for (let i = 0; i < 100; i++) joined.push(await cookieOf("join", name));
	const full = await post("join", { name, text: "hi" });
	expect([full.status, full.body.detail]).toEqual([503, "Too many people are waiting. Come back in a while."]);
	const [first = "", second = ""] = joined;
	expect((await post("take", { talk: await talkOf(second) }, agent)).status).toBe(200);
	expect((await post("close", { talk: await talkOf(first) }, first)).status).toBe(200);
	await cookieOf("join", "Ann");
});
