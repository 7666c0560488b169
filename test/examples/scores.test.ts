import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually, type Gallery, lookAt, overEach, refusesNonsense, startGallery, type Visitor } from "./gallery.ts";
import * as script from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

interface Prices {
	readonly tick: number;
	readonly cents: Readonly<Record<string, number>>;
}

/** What the server has, newest last. */
async function kept(count = 1): Promise<Prices[]> {
	const answer = await fetch(`${gallery.url}/scores/v1/channels/scores/messages?last=${count}&limit=1000`);
	return ((await answer.json()) as { messages: { data: Prices }[] }).messages.map(({ data }) => data);
}

const newest = async () => (await kept())[0]?.tick ?? 0;
const numberOf = async ({ page }: Visitor, id: string) => Number.parseFloat((await page.locator(`#${id}`).textContent()) ?? "");

/** What one drawing shows: its number, and each price as text. */
function shown({ page }: Visitor): Promise<{ tick: number; prices: Record<string, string> }> {
	return page.evaluate(() => ({
		tick: Number(document.querySelector("#tick")?.textContent),
		prices: Object.fromEntries(
			[...document.querySelectorAll("#prices tr")].map((row) => [
				row.children[0]?.textContent?.trim(),
				row.children[1]?.textContent,
			]),
		),
	}));
}

/** Waits for a drawing after `tick`, and compares it with what the server has under its number. */
async function showsTheTruthAfter(visitor: Visitor, tick: number): Promise<void> {
	await eventually(async () => (await numberOf(visitor, "tick")) > tick, true);
	const { tick: drawn, prices } = await shown(visitor);
	const truth = (await kept(300)).find((one) => one.tick === drawn)?.cents ?? {};
	expect(Object.keys(truth)).toHaveLength(12);
	expect(prices).toEqual(Object.fromEntries(Object.entries(truth).map(([team, cents]) => [team, (cents / 100).toFixed(2)])));
}

async function open(options?: Parameters<Gallery["visit"]>[1]): Promise<Visitor> {
	const visitor = await gallery.visit("scores/", options);
	onTestFinished(visitor.close);
	await visitor.live();
	return visitor;
}

test("nothing stands in the way of anybody, while it is empty, busy and cut off", async () => {
	const silent = await open();
	await silent.page.route("**/watch", (route) => route.abort());
	await lookAt(silent, "scores-empty");
	await silent.close();
	const visitor = await open();
	await eventually(async () => (await numberOf(visitor, "handled")) > 40, true);
	await lookAt(visitor, "scores");
	const words = () => visitor.page.locator("#chart-words").textContent();
	await visitor.page.getByLabel("Harbour").check();
	await eventually(
		async () => /^Harbour: now \d+\.\d\d, lowest \d+\.\d\d, highest \d+\.\d\d\.$/.test((await words()) ?? ""),
		true,
	);
	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await lookAt(visitor, "scores-lost");
	await gallery.server.restart();
	await visitor.live();
});

test("over each transport: two pages show what the server has, and go on from there across a restart", () =>
	overEach(async (transport, together) => {
		const ann = await open({ transport });
		const bob = await open({ transport });
		await showsTheTruthAfter(ann, 0);
		await showsTheTruthAfter(bob, 0);
		const before = await newest();
		await together(gallery.restart);
		expect(await newest()).toBeGreaterThanOrEqual(before);
		await Promise.all([ann.live(), bob.live()]);
		await showsTheTruthAfter(ann, before + 5);
		await showsTheTruthAfter(bob, before + 5);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("many messages a second are few changes of the page", async () => {
	const visitor = await open();
	await eventually(async () => (await numberOf(visitor, "handled")) > 5, true);
	const before = { handled: await numberOf(visitor, "handled"), tick: await numberOf(visitor, "tick") };
	const seconds = 3;
	const drawings = await visitor.page.evaluate(
		(ms) =>
			new Promise<number>((resolve) => {
				let count = 0;
				const observer = new MutationObserver(() => count++);
				observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
				setTimeout(() => resolve(count), ms);
			}),
		seconds * 1000,
	);
	expect(drawings).toBeGreaterThan(seconds);
	// Four a second, and the seconds of the connection in the header.
	expect(drawings).toBeLessThanOrEqual(seconds * 5 + 2);
	expect((await numberOf(visitor, "handled")) - before.handled).toBeGreaterThan(drawings);
});

test("a slow phone is never far behind, for it leaves out what is old; quick again, it leaves out nothing", async () => {
	const slow = await open();
	const quick = await open();
	await eventually(async () => (await numberOf(slow, "tick")) > 0, true);
	await slow.page.getByLabel("Be a slow phone").check();
	await eventually(async () => (await numberOf(slow, "jumps")) > 0, true);
	// Without the jumps it would fall behind by eight messages each second.
	const end = Date.now() + 3000;
	let worst = 0;
	while (Date.now() < end) {
		worst = Math.max(worst, (await newest()) - (await numberOf(slow, "tick")));
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	expect(worst).toBeGreaterThan(10);
	expect(worst).toBeLessThan(50);
	expect(await numberOf(quick, "jumps")).toBe(0);

	await slow.page.getByLabel("Be a slow phone").uncheck();
	await eventually(async () => (await newest()) - (await numberOf(slow, "tick")) < 8, true);
	await showsTheTruthAfter(slow, await numberOf(slow, "tick"));
});

test("only the server publishes, and nonsense is refused", async () => {
	const publish = (channel: string) => script.publish(`${gallery.url}/scores`, channel, 1);
	expect((await publish("scores")).status).toBe(403);
	expect((await publish("letters")).status).toBe(403);
	expect((await fetch(`${gallery.url}/scores/v1/channels/letters/messages`)).status).toBe(403);
	await refusesNonsense(gallery.url, { path: "scores/watch" });
	const visitor = await open();
	await showsTheTruthAfter(visitor, await newest());
});

test("where nobody looks, nothing is made", async () => {
	const before = await newest();
	await gallery.restart();
	await new Promise((resolve) => setTimeout(resolve, 1000));
	expect(await newest()).toBeLessThanOrEqual(before + 10);
	const after = await newest();
	await new Promise((resolve) => setTimeout(resolve, 500));
	expect(await newest()).toBe(after);
});
