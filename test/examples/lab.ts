/** The transport lab as a test sees it. */
import { expect } from "vitest";
import { type Gallery, lookAt, type Visitor } from "./gallery.ts";

export const columns = ["short-poll", "long-poll", "sse", "websocket"] as const;
export type Column = (typeof columns)[number];

export type Row = "received" | "lost" | "repeated" | "outOfOrder" | "behind" | "requests" | "up" | "down" | "connections";

export interface Lab extends Visitor {
	/** The figures of a row, in the order of the columns. */
	row(row: Row): Promise<string[]>;
	counts(row: Row): Promise<number[]>;
	choose(knob: string, option: string): Promise<void>;
	press(button: string): Promise<void>;
	/** Another session, whose counting begins anew; of a form, where one is named. */
	begin(form?: string): Promise<void>;
	/** Waits until every reader has been handed so many. */
	receive(count: number): Promise<void>;
	/** Stops publishing and waits until everyone has everything; gives the page's words for it. */
	settle(): Promise<string>;
	verdict(): Promise<string>;
}

export async function visitLab(gallery: Gallery): Promise<Lab> {
	const visitor = await gallery.visit("lab/");
	const { page } = visitor;
	const row = (name: Row) => page.locator(`#columns dd[data-row="${name}"]`).allTextContents();
	const counts = async (name: Row) => (await row(name)).map((text) => Number(text.replaceAll(",", "")));
	const verdict = async () => (await page.locator("#verdict").textContent()) ?? "";
	await page.locator("#state", { hasText: "Running" }).waitFor();
	return {
		...visitor,
		row,
		counts,
		verdict,
		choose: async (knob, option) => void (await page.getByLabel(knob).selectOption({ label: option })),
		press: (button) => page.getByRole("button", { name: button }).click(),
		async begin(form) {
			const before = await page.locator("#short-poll pre").first().textContent();
			const sessionOf = (text: string | null) => /\/s\/([\w-]+)/.exec(text ?? "")?.[1];
			if (form === undefined) await page.getByRole("button", { name: "Begin anew" }).click();
			else await page.locator("fieldset label", { hasText: form }).click();
			const isAnew = async () => {
				const now = sessionOf(await page.locator("#short-poll pre").first().textContent());
				return now !== undefined && now !== sessionOf(before);
			};
			await until("another session", isAnew);
		},
		receive: (count) => until(`${count} messages`, async () => Math.min(...(await counts("received"))) >= count),
		async settle() {
			await page.getByRole("button", { name: "Pause" }).click();
			await until("all messages at all readers", async () => /up to number [1-9]/.test(await verdict()));
			return verdict();
		},
	};
}

/** Waits until it is so. Not by `expect.poll`, which does not know tests that run at the same time. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
	const deadline = Date.now() + 40_000;
	while (!(await isSo())) {
		if (Date.now() > deadline) throw new Error(`It did not come to be: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

const allThere = /^Every reader has all messages since it began, up to number [1-9]\d*, once and in order\.$/;
export const none = ["0", "0", "0", "0"];

/** Stops publishing, and looks whether all readers have all of it. */
export async function expectNoFault(lab: Lab): Promise<void> {
	const verdict = await lab.settle();
	expect(verdict).toMatch(allThere);
	const published = /\d+/.exec(verdict)?.[0];
	expect(await lab.row("received")).toEqual(columns.map(() => Number(published).toLocaleString("en")));
	for (const row of ["lost", "repeated", "outOfOrder"] as const) expect(await lab.row(row), row).toEqual(none);
	expect(lab.errors).toEqual([]);
}

/** What sticks to the top belongs there in the picture. */
export async function lookAtTop(lab: Lab, name: string): Promise<void> {
	await lab.page.evaluate(() => scrollTo(0, 0));
	await lookAt(lab, name);
}
