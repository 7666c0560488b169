import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { type Gallery, startGallery } from "./gallery.ts";
import { expectNoFault, type Lab, lookAtTop, none, until, visitLab } from "./lab.ts";

// Most of the time is waiting, for each page by itself: so they wait together, but for the one that measures time.
let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

async function openLab({ onTestFinished }: TestContext): Promise<Lab> {
	const lab = await visitLab(gallery);
	onTestFinished(lab.close);
	return lab;
}

test.concurrent("all columns receive the same messages, and what it cost is what the browser did", async (context) => {
	const lab = await openLab(context);
	const asked: string[] = [];
	lab.page.on("request", (request) => asked.push(request.url()));
	await lab.begin();
	await lab.choose("Messages a second", "20");
	await lab.receive(40);
	await expectNoFault(lab);
	const requests = await lab.counts("requests");
	expect(requests[2]).toBe(1);
	expect(requests[3]).toBe(1);
	const session = /\/s\/[\w-]+\//.exec((await lab.page.locator("#sse pre").first().textContent()) ?? "")?.[0] ?? "?";
	for (const [i, column] of (["short-poll", "long-poll"] as const).entries()) {
		const seen = asked.filter((url) => url.includes(`${session}${column}/holdfast/`)).length;
		// Those that begin between two looks are not yet counted.
		expect(Math.abs((requests[i] ?? 0) - seen), column).toBeLessThanOrEqual(2);
	}
	expect(requests[1]).toBeGreaterThan(requests[0] ?? 0);
	const connections = await lab.row("connections");
	expect(connections.slice(1).every((text) => text.startsWith("1 open"))).toBe(true);
	const kib = (texts: string[]) => texts.map((text) => Number.parseFloat(text) * (text.endsWith("KiB") ? 1024 : 1));
	const received = (await lab.counts("received"))[0] ?? 0;
	for (const down of kib(await lab.row("down"))) expect(down).toBeGreaterThan(received * 64);
	const [, longPoll, sse] = kib(await lab.row("up"));
	expect(longPoll).toBeGreaterThan(10 * (sse ?? 0));
});

test.concurrent("two pages have labs of their own; cuts, delays and a restart take nothing away", async (context) => {
	const ann = await openLab(context);
	const bob = await openLab(context);
	await ann.choose("Messages a second", "20");
	await ann.choose("Readers a column", "2");
	await ann.receive(20);
	await ann.press("Cut all lines now");
	await ann.choose("Delay, each way", "100 ms");
	await ann.receive(60);
	await ann.press("Restart the server");
	await ann.page.locator("#state", { hasText: "The server is away" }).waitFor();
	await ann.choose("Delay, each way", "none");
	await ann.page.locator("#state", { hasText: "Running" }).waitFor();
	await ann.receive(100);
	const verdict = await ann.settle();
	expect(verdict).toMatch(/^Every reader has all messages/);
	for (const row of ["lost", "repeated", "outOfOrder"] as const) expect(await ann.row(row), row).toEqual(none);
	// That Ann's line was cut is seen in her columns, and not in Bob's.
	expect((await ann.counts("requests"))[3]).toBeGreaterThan(2);
	expect((await bob.counts("requests"))[3]).toBe(1);
	expect([...ann.errors, ...bob.errors]).toEqual([]);
});

test.concurrent("held without a cursor, what comes while nobody is held is lost, and what was seen comes again", async (context) => {
	const lab = await openLab(context);
	await lab.begin("Hold without a cursor");
	await lab.choose("Messages a second", "20");
	await lab.choose("Delay, each way", "100 ms");
	await until("losses by both polls", async () => (await lab.counts("lost")).slice(0, 2).every((lost) => lost > 0));
	await lab.press("Cut all lines now");
	await until("losses in all columns", async () => (await lab.counts("lost")).every((lost) => lost > 0));
	await lab.choose("Messages a second", "0.5");
	await lab.choose("Short poll every", "250 ms");
	await until("repeats", async () => ((await lab.counts("repeated"))[0] ?? 0) > 0);
	await until("words for it", async () => (await lab.verdict()).includes("Short poll has lost messages and repeated some"));
	await lookAtTop(lab, "lab-naive");
});

test.concurrent("with a queue by user, two readers take each other's messages, and a restart forgets", async (context) => {
	const lab = await openLab(context);
	await lab.begin("Queue by user in memory");
	await lab.choose("Messages a second", "20");
	await lab.receive(20);
	expect(await lab.row("lost")).toEqual(none);
	// What was queued between two short polls was in memory alone. One restart in twenty comes just after a poll.
	await until("losses by the short poll", async () => {
		await lab.press("Restart the server");
		await lab.page.locator("#state", { hasText: "The server is away" }).waitFor();
		await lab.page.waitForTimeout(5000);
		return ((await lab.counts("lost"))[0] ?? 0) > 0;
	});
	await lab.begin();
	await lab.receive(20);
	await lab.choose("Readers a column", "2");
	const pairs = lab.page.locator("#columns").getByText("2 of 2 connected");
	await until("two readers in each column", async () => (await pairs.count()) === 4);
	await lab.page.waitForTimeout(2500);
	await lab.press("Pause");
	await until("losses in all columns", async () => (await lab.counts("lost")).every((lost) => lost > 0));
});

test.concurrent("nothing is published while nobody sees the page, or it is paused", async (context) => {
	const lab = await openLab(context);
	const published = async () => (await lab.counts("received"))[3] ?? 0;
	const hide = (hidden: boolean) =>
		lab.page.evaluate((value) => {
			Object.defineProperty(document, "hidden", { value, configurable: true });
			document.dispatchEvent(new Event("visibilitychange"));
		}, hidden);
	await lab.receive(2);
	await hide(true);
	await lab.page.waitForTimeout(700);
	const before = await published();
	await lab.page.waitForTimeout(1000);
	expect(await published()).toBe(before);
	await hide(false);
	await until("more", async () => (await published()) > before + 2);
	await expectNoFault(lab);
});

test("a shorter interval costs more requests, and makes a short poll quicker", async (context) => {
	const lab = await openLab(context);
	const median = async () =>
		Number.parseFloat(((await lab.page.locator("#short-poll .late").textContent()) ?? "").replace(",", ""));
	await lab.choose("Short poll every", "2 s");
	await lab.choose("Messages a second", "20");
	await lab.receive(60);
	const at = async () => [(await lab.counts("requests"))[0] ?? 0, (await lab.counts("received"))[0] ?? 0] as const;
	const slow = await median();
	const [slowRequests, slowReceived] = await at();
	await lab.choose("Short poll every", "250 ms");
	await lab.receive(slowReceived + 60);
	const [requests, received] = await at();
	// By message, so that it holds on a machine that stalls.
	const costs = (requests - slowRequests) / (received - slowReceived);
	expect(costs).toBeGreaterThan((1.3 * slowRequests) / slowReceived);
	await until("a median of half as much", async () => (await median()) < slow / 2);
	await expectNoFault(lab);
});
