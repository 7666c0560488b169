import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually, type Gallery, lookAt, startGallery } from "./gallery.ts";
import { type Lab, visitLab } from "./lab.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

/** Presses the button and waits until it may be pressed again; gives the table's cells. */
async function run({ page, press }: Lab, button: string, rows: string): Promise<string[][]> {
	await press(button);
	await eventually(() => page.getByRole("button", { name: button }).isEnabled(), false);
	await expect.poll(() => page.getByRole("button", { name: button }).isEnabled(), { timeout: 40_000 }).toBe(true);
	const found = await page.locator(`#${rows} tr`).all();
	return Promise.all(found.map((row) => row.locator("td").allTextContents()));
}

const msOf = (text = "") => Number.parseFloat(text.replace(",", "")) * (text.endsWith(" s") ? 1000 : 1);

test("the three troubles of long polling are shown in figures that are measured", async () => {
	const [first, second, third] = await Promise.all([visitLab(gallery), visitLab(gallery), visitLab(gallery)]);
	for (const lab of [first, second, third]) onTestFinished(lab.close);

	const [six, timeouts, herd] = await Promise.all([
		run(first, "Open eight streams", "six-rows"),
		run(second, "Read through this proxy", "timeout-rows"),
		(async () => {
			await third.page.getByLabel("Readers", { exact: true }).selectOption("100");
			return run(third, "Wake them", "herd-rows");
		})(),
	]);

	const [separately, together] = six;
	// The columns of the page hold two or three of the six.
	expect(Number(separately?.[1])).toBeLessThanOrEqual(6);
	expect(separately?.[0]).toMatch(/^[345] of 8$/);
	expect(separately?.[2]).toBe("no answer in 2 s");
	expect(together?.slice(0, 2)).toEqual(["8 of 8", "1"]);
	expect(msOf(together?.[2])).toBeLessThan(2000);

	const [hold, holdfast] = timeouts.map((row) => row.map(Number));
	expect(hold?.[3]).toBeGreaterThan(0);
	expect(holdfast?.[0]).toBeGreaterThanOrEqual(4);
	expect(holdfast?.[1]).toBeGreaterThan(0);
	expect(holdfast?.slice(2)).toEqual([holdfast?.[0], 0]);

	for (const row of herd) {
		const [half, most, all, pause, other, spread] = row.map(msOf);
		expect(half).toBeGreaterThan(0);
		expect(most).toBeGreaterThanOrEqual(half ?? 0);
		expect(all).toBeGreaterThanOrEqual(most ?? 0);
		for (const time of [pause, other, spread]) expect(time).toBeGreaterThan(0);
	}
	expect(herd.length).toBe(2);
	// A sixteenth of 3 s, of which a hundred readers use most.
	expect(msOf(herd[1]?.[5])).toBeGreaterThan(100);

	await third.page.evaluate(() => scrollTo(0, 0));
	await lookAt(third, "lab-herd");
	for (const lab of [first, second]) expect(lab.errors).toEqual([]);
	for (const lab of [first, second, third]) expect(await lab.settle()).toContain("once and in order");
});

test("one herd is out at a time, and the others are told", async () => {
	const [ann, bob] = await Promise.all([visitLab(gallery), visitLab(gallery)]);
	onTestFinished(ann.close);
	onTestFinished(bob.close);
	// The herd of the test before may just be going home.
	await wake(ann);
	await bob.press("Wake them");
	await bob.page.getByText("Another page is waking its readers").waitFor();
	// Whoever closes the page meanwhile leaves nothing behind that would keep others out.
	await ann.close();
	await wake(bob);
});

/** Tries until it is let. */
function wake(lab: Lab): Promise<void> {
	const tried = async () => {
		await lab.press("Wake them");
		await lab.page.waitForTimeout(300);
		return lab.page.getByText("Another page is waking its readers").isVisible();
	};
	return expect.poll(tried, { timeout: 20_000, interval: 500 }).toBe(false);
}
