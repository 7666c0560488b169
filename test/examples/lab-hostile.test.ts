import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type Gallery, startGallery } from "./gallery.ts";
import { visitLab } from "./lab.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

interface Line {
	readonly socket: WebSocket;
	readonly id: string;
	send(text: string): void;
	/** The next answer that is no news. */
	next(): Promise<{ readonly op: string; readonly detail?: string; readonly knobs?: Record<string, number> }>;
}

const webSocket = (path: string, options = {}) => new WebSocket(`${gallery.url.replace("http", "ws")}/lab/${path}`, options);

async function openLine(): Promise<Line> {
	const socket = webSocket("control");
	onTestFinished(() => socket.terminate());
	const answers: { op: string; id?: string }[] = [];
	const waiting: ((answer: { op: string; id?: string }) => void)[] = [];
	socket.on("message", (data) => {
		const answer = JSON.parse(data.toString());
		if (answer.op === "stats") return;
		const first = waiting.shift();
		if (first) first(answer);
		else answers.push(answer);
	});
	const next = async () => answers.shift() ?? new Promise<{ op: string; id?: string }>((resolve) => waiting.push(resolve));
	const { id = "" } = await next();
	return { socket, id, send: (text) => socket.send(text), next };
}

/** The status of an upgrade that is refused, 101 where it is not, and the close code where it is closed. */
async function outcome(socket: WebSocket): Promise<number> {
	onTestFinished(() => socket.terminate());
	return new Promise((resolve) => {
		socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
		socket.once("error", () => resolve(0));
		socket.once("open", () => resolve(101));
	});
}

const good = { rate: 1, size: 0, delay: 0, cut: 0, patience: 0 };

test.each([
	["half of a JSON text", "{"],
	["no object", "1"],
	["null", "null"],
	["an unknown op", '{"op":"constructor"}'],
	["no knobs", '{"op":"set"}'],
	["a knob that is missing", JSON.stringify({ op: "set", knobs: { ...good, rate: undefined } })],
	["a rate beyond its bound", JSON.stringify({ op: "set", knobs: { ...good, rate: 201 } })],
	["a rate below nothing", JSON.stringify({ op: "set", knobs: { ...good, rate: -1 } })],
	["a rate that is a text", JSON.stringify({ op: "set", knobs: { ...good, rate: "1" } })],
	["messages that are too large", JSON.stringify({ op: "set", knobs: { ...good, size: 16_385 } })],
	["half a byte", JSON.stringify({ op: "set", knobs: { ...good, size: 0.5 } })],
	["rate and size that are too much together", JSON.stringify({ op: "set", knobs: { ...good, rate: 200, size: 16_384 } })],
	["an endless delay", JSON.stringify({ op: "set", knobs: { ...good, delay: 1e9 } })],
	["a herd of too many", '{"op":"herd","form":"hold","readers":1001}'],
	["a herd of no form", '{"op":"herd","form":"__proto__","readers":1}'],
	["a time that is none", '{"op":"time","at":null}'],
])("%s is refused in a sentence, and the line goes on", async (_, text) => {
	const line = await openLine();
	line.send(text);
	const refused = await line.next();
	expect(refused).toMatchObject({ op: "refused", knobs: { rate: 0 } });
	expect(refused.detail).toMatch(/\.$/);
	line.send('{"op":"time","at":1}');
	expect(await line.next()).toMatchObject({ op: "time", at: 1 });
});

test("what is too large for the line closes it, and the others stay", async () => {
	const [ann, bob] = [await openLine(), await openLine()];
	ann.send(`{"op":"${"x".repeat(5000)}"}`);
	const [code] = await once(ann.socket, "close");
	expect(code).toBe(1009);
	expect((await fetch(`${gallery.url}/lab/s/${ann.id}/sse/hold/`)).status).toBe(404);
	bob.send('{"op":"time","at":1}');
	expect(await bob.next()).toMatchObject({ op: "time" });
});

test("pages of other sites open nothing", async () => {
	const { id } = await openLine();
	const origin = "https://elsewhere.example";
	expect(await outcome(webSocket("control", { origin }))).toBe(403);
	for (const form of ["holdfast/v1/socket", "hold/", "queue/"]) {
		expect(await outcome(webSocket(`s/${id}/websocket/${form}`, { origin })), form).toBe(403);
	}
	expect(await outcome(webSocket("control", { origin: gallery.url }))).toBe(101);
});

test("whoever has no session's name, or asks for what is not there, finds nothing", async () => {
	const { id } = await openLine();
	const statusOf = async (path: string, method = "GET") => (await fetch(`${gallery.url}/lab/s/${path}`, { method })).status;
	for (const path of ["x", "x/sse/hold/", `${id}/other/hold/`, `${id}/sse/other/`, `${id}/sse/hold`, `__proto__/sse/hold/`]) {
		expect(await statusOf(path), path).toBe(404);
		expect(await outcome(webSocket(`s/${path}`)), path).toBe(404);
	}
	expect(await outcome(webSocket("other"))).toBe(404);
	const messages = `${id}/sse/holdfast/v1/channels/lab/messages`;
	expect(await statusOf(messages)).toBe(200);
	expect(await statusOf(messages, "POST")).toBe(405);
	expect(await statusOf(`${id}/sse/holdfast/v1/channels/lab`, "DELETE")).toBe(405);
	expect(await statusOf(`${id}/sse/holdfast/v1/channels/other/messages`)).toBe(403);
	expect(await statusOf(`${id}/sse/holdfast/v1/channels`)).toBe(403);
	await refusesRest(`lab/s/${id}/sse/hold/`);
});

/** The rest of what every route must refuse: here there is nothing to post to. */
async function refusesRest(path: string): Promise<void> {
	for (const body of ["{", "x".repeat(100_000)]) {
		const { status } = await fetch(`${gallery.url}/${path}`, { method: "POST", body });
		expect(status).toBe(405);
	}
}

test("nobody publishes through a door", async () => {
	const { id } = await openLine();
	const socket = new WebSocket(`${gallery.url.replace("http", "ws")}/lab/s/${id}/websocket/holdfast/v1/socket`, "holdfast.v1");
	onTestFinished(() => socket.terminate());
	const answers: string[] = [];
	socket.on("message", (data) => answers.push(data.toString()));
	await once(socket, "open");
	socket.send('{"op":"publish","ref":1,"channel":"lab","data":1}');
	await expect.poll(() => answers.join()).toContain('"code":"forbidden"');
});

test("readers of a door are bounded, and so are the pages", async () => {
	const line = await openLine();
	const streams = Array.from({ length: 45 }, () => outcome(webSocket(`s/${line.id}/websocket/hold/`)));
	const outcomes = await Promise.all(streams);
	expect(outcomes.filter((status) => status === 101).length).toBe(40);
	expect(outcomes.filter((status) => status === 503).length).toBe(5);
	line.socket.terminate();

	const others = await Promise.all(Array.from({ length: 20 }, openLine));
	const late = webSocket("control");
	onTestFinished(() => late.terminate());
	const [code, reason] = await once(late, "close");
	expect([code, String(reason)]).toEqual([4013, expect.stringContaining("20 pages")]);

	const visitor = await gallery.visit("lab/");
	onTestFinished(visitor.close);
	await visitor.page.getByText("The lab is open in 20 pages already").waitFor();
	for (const { socket } of others) socket.terminate();
	await visitor.page.locator("#state", { hasText: "Running" }).waitFor();
});

test("after all that a page has its lab", async () => {
	const lab = await visitLab(gallery);
	onTestFinished(lab.close);
	await lab.receive(4);
	expect(await lab.settle()).toContain("once and in order");
	expect(gallery.server.errors).toEqual([]);
});
