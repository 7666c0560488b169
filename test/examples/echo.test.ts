import { request } from "node:http";
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

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const clientRows = ({ page }: Visitor) => page.locator("#client-log li").allTextContents();
const socketRows = ({ page }: Visitor) => page.locator("#socket-log li").allTextContents();
/** Without what is about the connection. */
const socketMessages = async (visitor: Visitor) =>
	(await socketRows(visitor)).filter((row) => row.startsWith("message ") && !row.includes('"op"'));
const isOpen = ({ page }: Visitor) => page.locator("#socket-state", { hasText: /^Open$/ }).waitFor();

async function send({ page }: Visitor, kind: string, text: string): Promise<void> {
	await page.locator("#form label", { hasText: new RegExp(`^${kind}$`) }).click();
	await page.getByLabel("Message").fill(text);
	await page.getByLabel("Message").press("Enter");
}

async function open(path = "echo/", transport?: Transport): Promise<Visitor> {
	const visitor = await gallery.visit(path, transport && { transport });
	onTestFinished(visitor.close);
	await visitor.live();
	await isOpen(visitor);
	return visitor;
}

test("nothing stands in the way of anybody, while it is empty, full, wrong and cut off", async () => {
	const visitor = await open();
	await lookAt(visitor, "echo-empty");
	await send(visitor, "Text", "hello");
	await send(visitor, "JSON", '{"to": "you", "of": [1, 2, 3]}');
	await send(visitor, "Bytes", "68 65 6c 6c 6f");
	await eventually(async () => (await clientRows(visitor)).length, 3);
	await lookAt(visitor, "echo");
	await send(visitor, "JSON", '{"half":');
	await visitor.page.getByText("That is no JSON").waitFor();
	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await visitor.page.getByText("opens again soon").waitFor();
	await lookAt(visitor, "echo-lost");
	await gallery.server.restart();
	await visitor.live();
});

test("over each transport: text, JSON and bytes come back as what they were, to their own page alone, across a restart", () =>
	overEach(async (transport, together) => {
		const ann = await open("echo/", transport);
		const bob = await open("echo/", transport);
		await send(ann, "Text", "42");
		await send(ann, "JSON", "42");
		await eventually(() => clientRows(ann), ["message JSON: 42", "message text: 42"]);
		await together(gallery.restart);
		await ann.live();
		await isOpen(ann);
		await send(ann, "Text", "<img src=x onerror=alert(1)>");
		await send(ann, "Bytes", "00 fF 0a");
		const all = ["3 bytes: 00 ff 0a", "text: <img src=x onerror=alert(1)>", "JSON: 42", "text: 42"].map(
			(row) => `message ${row}`,
		);
		await eventually(() => clientRows(ann), all);
		await eventually(() => socketMessages(ann), all);
		expect(await ann.page.locator("img").count()).toBe(0);
		await isOpen(bob);
		expect([...(await clientRows(bob)), ...(await socketMessages(bob))]).toEqual([]);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	}));

test("open, message, error and close are shown; what was sent while it was closed comes when it is opened again, once", async () => {
	const visitor = await open();
	await send(visitor, "Text", "one");
	await eventually(() => socketMessages(visitor), ["message text: one"]);
	await visitor.page.getByRole("button", { name: "Close" }).click();
	await eventually(async () => (await socketRows(visitor))[0], "close 1000: closed as wished (by the page)");
	await send(visitor, "Text", "two");
	await eventually(() => clientRows(visitor), ["message text: two", "message text: one"]);
	expect(await socketMessages(visitor)).toEqual(["message text: one"]);
	await visitor.page.getByRole("button", { name: "Open" }).click();
	await eventually(() => socketMessages(visitor), ["message text: two", "message text: one"]);

	await gallery.server.kill();
	await eventually(async () => (await socketRows(visitor)).filter((row) => row.startsWith("close 1006")).length > 0, true);
	await eventually(async () => (await socketRows(visitor)).some((row) => row.startsWith("error")), true);
	await gallery.server.restart();
	await visitor.live();
	await isOpen(visitor);
	expect(await socketMessages(visitor)).toEqual(["message text: two", "message text: one"]);
});

test("what cannot be sent is told at the field, and nothing is sent", async () => {
	const visitor = await open();
	const { page } = visitor;
	for (const [kind, text, told] of [
		["JSON", "{", "That is no JSON"],
		["Bytes", "6", "pairs of the digits"],
		["Bytes", "zz", "pairs of the digits"],
		["Text", "é".repeat(2048), "At most 4096 bytes"],
	] as const) {
		await send(visitor, kind, text);
		await page.getByRole("alert").filter({ hasText: told }).waitFor();
		expect(await page.getByLabel("Message").getAttribute("aria-invalid")).toBe("true");
	}
	await send(visitor, "Text", "é".repeat(2047));
	await eventually(() => clientRows(visitor), [`message text: ${"é".repeat(2047)}`]);
	expect(await page.getByLabel("Message").getAttribute("aria-invalid")).toBeNull();
});

const channel = `echo.${"0123456789abcdef".repeat(2)}`;

/** The status with which an upgrade is answered. */
function upgrade(name: string, headers: Record<string, string>): Promise<number> {
	return new Promise((resolve, reject) => {
		const asked = request(`${gallery.url}/echo/v1/channels/${name}/messages`, {
			headers: {
				Connection: "Upgrade",
				Upgrade: "websocket",
				"Sec-WebSocket-Version": "13",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
				...headers,
			},
		});
		asked.once("response", (response) => {
			response.resume();
			resolve(response.statusCode ?? 0);
		});
		asked.once("upgrade", (_, socket) => {
			socket.destroy();
			resolve(101);
		});
		asked.once("error", reject);
		asked.end();
	});
}

test("a WebSocket of a page of another site is refused, and so is every channel that is no page's", async () => {
	expect(await upgrade(channel, { Origin: gallery.url })).toBe(101);
	expect(await upgrade(channel, {})).toBe(101);
	expect(await upgrade(channel, { Origin: "https://elsewhere.example" })).toBe(403);
	expect(await upgrade(channel, { Origin: "null" })).toBe(403);
	for (const name of ["echo.mine", "echo", "letters", `${channel}0`, `x${channel}`]) {
		expect(await upgrade(name, { Origin: gallery.url }), name).toBe(403);
	}
	expect((await fetch(`${gallery.url}/echo/v1/channels`)).status).toBe(403);
	await refusesNonsense(gallery.url, { path: `echo/v1/channels/${channel}/messages` });
	const visitor = await open();
	await send(visitor, "Text", "still there");
	await eventually(() => clientRows(visitor), ["message text: still there"]);
});
