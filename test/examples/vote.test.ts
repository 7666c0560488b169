import { voteFor } from "@holdfast/example-vote";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startAlone } from "./alone.ts";
import {
	beginsWhenAnswered,
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	transportNames,
	type Visitor,
} from "./gallery.ts";
import { post } from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const votesOf = async ({ page }: Visitor) =>
	(await page.locator(".votes").allTextContents()).map((text) => Number.parseInt(text, 10));
const choose = ({ page }: Visitor, choice: number) => page.locator("#choices input").nth(choice).check();
const mineOf = ({ page }: Visitor) => page.locator("#mine").textContent();

/** A voter without a browser. */
async function voter(url = `${gallery.url}/vote`) {
	const { cookie, body } = await post(`${url}/session`, {});
	return { cookie, choice: body.choice, vote: (choice: unknown) => post(`${url}/ballots`, { choice }, cookie) };
}

const messages = async (url = `${gallery.url}/vote`) =>
	(await (await fetch(`${url}/v1/channels/vote.totals/messages?last=1000`)).json()).messages as {
		data: { votes: number[]; open: boolean };
	}[];
const totals = async (url?: string) => (await messages(url)).at(-1)?.data.votes;

test("nothing stands in the way of anybody, before a vote, after many and cut off", async () => {
	const visitor = await gallery.visit("vote/");
	onTestFinished(visitor.close);
	await visitor.live();
	await eventually(() => votesOf(visitor), [0, 0, 0, 0]);
	await lookAt(visitor, "vote-empty");
	for (const choice of [0, 0, 0, 1, 1, 2]) expect((await (await voter()).vote(choice)).status).toBe(200);
	await choose(visitor, 1);
	await eventually(() => votesOf(visitor), [3, 3, 1, 0]);
	expect(
		await visitor.page
			.locator(".bar")
			.first()
			.evaluate((bar) => bar.style.width),
	).toBe("43%");
	await visitor.page.waitForTimeout(300);
	await lookAt(visitor, "vote");

	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await visitor.page.locator("#choices input").nth(2).click();
	await visitor.page.getByText("cannot be reached").waitFor();
	// What is marked is what the server has.
	expect(await visitor.page.getByRole("radio", { name: "Server-Sent Events" }).isChecked()).toBe(true);
	await lookAt(visitor, "vote-lost");
	await gallery.server.restart();
	await visitor.live();
});

test("over each transport: two voters see one count, a changed mind moves a vote, and a restart changes nothing", () =>
	overEach(async (transport, together) => {
		const ann = await gallery.visit("vote/", { transport });
		onTestFinished(ann.close);
		const bob = await gallery.visit("vote/", { transport });
		onTestFinished(bob.close);
		await ann.live();
		await bob.live();
		const [a = 0, b = 0, c = 0, d = 0] = (await totals()) ?? [];
		for (const visitor of [ann, bob]) await eventually(() => votesOf(visitor), [a, b, c, d]);
		expect(await mineOf(ann)).toBe("You have not voted yet.");
		// Nobody votes on before all have seen the count.
		const all = transportNames.length;
		const count = async (votes: readonly number[]) => {
			for (const visitor of [ann, bob]) await eventually(() => votesOf(visitor), votes);
		};
		await together();

		await choose(ann, 0);
		await choose(bob, 3);
		await count([a + all, b, c, d + all]);
		await together();
		await choose(bob, 2);
		await count([a + all, b, c + all, d]);

		await together(gallery.restart);
		await ann.live();
		await bob.live();
		await choose(bob, 0);
		await count([a + 2 * all, b, c, d]);
		await ann.page.reload();
		await eventually(() => mineOf(ann), "You voted for WebSocket. You may change it.");
		await eventually(() => votesOf(ann), [a + 2 * all, b, c, d]);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("a page whose first request has no answer says so, and begins when it has one", async () => {
	const visitor = await gallery.visit("vote/");
	onTestFinished(visitor.close);
	await beginsWhenAnswered(visitor, "session");
	expect(await mineOf(visitor)).toBe("You have not voted yet.");
});

test("a second vote of one visitor counts once, and after a restart it is still known", async () => {
	const before = (await totals()) ?? [];
	const ann = await voter();
	for (const choice of [1, 1, 3, 2]) expect((await ann.vote(choice)).status).toBe(200);
	const after = before.map((votes, i) => (i === 2 ? votes + 1 : votes));
	await eventually(() => totals(), after);
	await gallery.restart();
	expect((await post(`${gallery.url}/vote/session`, {}, ann.cookie)).body.choice).toBe(2);
	await eventually(() => totals(), after);
});

test("a flood of votes is told a few times a second", async () => {
	const voters = await Promise.all(Array.from({ length: 20 }, () => voter()));
	const before = await messages();
	const sum = (before.at(-1)?.data.votes ?? []).reduce((all, some) => all + some, 0);
	const began = Date.now();
	for (const choice of [0, 1, 2, 3]) await Promise.all(voters.map(({ vote }) => vote(choice)));
	await eventually(async () => (await totals())?.reduce((all, some) => all + some, 0), sum + 20);
	await eventually(async () => ((await totals())?.[3] ?? 0) - (before.at(-1)?.data.votes[3] ?? 0), 20);
	const told = (await messages()).length - before.length;
	expect(told).toBeGreaterThan(0);
	expect(told).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 250) + 1);
});

test("requests without a session or with an unknown choice are refused, and the poll goes on", async () => {
	const ann = await voter();
	const ballots = `${gallery.url}/vote/ballots`;
	const before = await totals();
	expect((await post(ballots, { choice: 1 })).status).toBe(400);
	expect((await post(ballots, { choice: 1 }, "voter=me.signed")).status).toBe(400);
	for (const choice of [4, -1, 0.5, "<b>", null]) expect((await ann.vote(choice)).status, `${choice}`).toBe(400);
	expect((await post(ballots, {}, ann.cookie)).status).toBe(400);
	await refusesNonsense(gallery.url, { path: "vote/ballots", headers: { Cookie: ann.cookie } });
	await refusesNonsense(gallery.url, { path: "vote/session", headers: { Cookie: ann.cookie } });
	expect(await totals()).toEqual(before);
	expect((await ann.vote(1)).status).toBe(200);
});

test("nobody but the server reads the ballots or publishes", async () => {
	const ann = await voter();
	const channel = (name: string) => `${gallery.url}/vote/v1/channels/${name}/messages`;
	expect((await fetch(`${channel("vote.ballots")}?after=first`, { headers: { cookie: ann.cookie } })).status).toBe(403);
	for (const name of ["vote.ballots", "vote.totals"]) expect((await post(channel(name), 1, ann.cookie)).status).toBe(403);
});

test("a poll closes when its ballots are used, and nobody uses them up alone", async () => {
	const { url, close } = await startAlone("/vote", voteFor({ ballots: 5, each: 3 }));
	onTestFinished(close);
	const [ann, bob] = [await voter(url), await voter(url)];
	const change = async (who: typeof ann, choice: number) => {
		const answer = await who.vote(choice);
		if (answer.status === 200)
			await eventually(() => post(`${url}/session`, {}, who.cookie).then(({ body }) => body.choice), choice);
		return answer;
	};
	for (const choice of [0, 1, 2]) expect((await change(ann, choice)).status).toBe(200);
	expect((await change(ann, 0)).body.detail).toMatch(/often enough/);
	for (const choice of [0, 1]) expect((await change(bob, choice)).status).toBe(200);
	const closed = await change(bob, 2);
	expect([closed.status, closed.body.detail]).toEqual([409, "The poll is closed: all ballots are used."]);
	// The same choice again changes nothing, so it may come.
	expect((await change(bob, 1)).status).toBe(200);
	await eventually(async () => (await messages(url)).at(-1)?.data, { votes: [0, 1, 1, 0], open: false });
});
