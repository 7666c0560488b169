import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	transportNames,
	type Visitor,
} from "./gallery.ts";
import * as script from "./script.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const rowsOf = ({ page }: Visitor) => page.locator("#earlier li b").allTextContents();
const nowOf = ({ page }: Visitor) => page.locator("#now").textContent();

/** What a script would do. */
async function postNew(): Promise<string> {
	const response = await fetch(`${gallery.url}/letters/new`, { method: "POST" });
	expect(response.status).toBe(201);
	return ((await response.json()) as { text: string }).text;
}

test("nothing stands in the way of anybody, while it is empty, full and cut off", async () => {
	const visitor = await gallery.visit("letters/");
	onTestFinished(visitor.close);
	await visitor.live();
	await lookAt(visitor, "letters-empty");
	const text = await postNew();
	await eventually(() => nowOf(visitor), text);
	await lookAt(visitor, "letters");
	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await visitor.page.getByRole("button", { name: "New letters" }).click();
	await visitor.page.getByText("cannot be reached").waitFor();
	await lookAt(visitor, "letters-lost");
	await gallery.server.restart();
	await visitor.live();
});

test("over each transport: all pages show what is made, whoever makes it, and what was made while they were away, in order", () => {
	const missed: string[] = [];
	return overEach(async (transport, together) => {
		const ann = await gallery.visit("letters/", { transport });
		onTestFinished(ann.close);
		const bob = await gallery.visit("letters/", { transport });
		onTestFinished(bob.close);
		await ann.live();
		await bob.live();
		const before = await rowsOf(ann);
		await together();

		await ann.page.getByRole("button", { name: "New letters" }).click();
		await eventually(async () => (await rowsOf(bob)).length, before.length + transportNames.length);
		const made = await rowsOf(bob);
		expect(made.slice(transportNames.length)).toEqual(before);
		await eventually(() => rowsOf(ann), made);
		expect(await nowOf(ann)).toBe(made[0]);

		await bob.page.goto("about:blank");
		await together(async () => {
			missed.unshift(await postNew());
			missed.unshift(await postNew());
			await gallery.restart();
			missed.unshift(await postNew());
		});
		await bob.page.goBack();
		const all = [...missed, ...made];
		await eventually(() => rowsOf(bob), all);
		await eventually(() => rowsOf(ann), all);
		expect(await nowOf(ann)).toBe(missed[0]);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	});
});

test("the transport is changed in mid-stream, again and again, and nothing is lost or repeated", async () => {
	const visitor = await gallery.visit("letters/");
	onTestFinished(visitor.close);
	await visitor.live();
	const before = await rowsOf(visitor);
	const made: string[] = [];
	for (const transport of transportNames) {
		made.unshift(await postNew());
		await visitor.change(transport);
		made.unshift(await postNew());
	}
	await eventually(() => rowsOf(visitor), [...made, ...before]);
	expect(visitor.page.url()).toContain("transport=short-poll");
});

test("only the server publishes, and what is no request of a page of its own is refused", async () => {
	const publish = (channel: string) => script.publish(`${gallery.url}/letters`, channel, 1);
	expect((await publish("letters")).status).toBe(403);
	expect((await publish("other")).status).toBe(403);
	await refusesNonsense(gallery.url, { path: "letters/new" });
	await postNew();
});
