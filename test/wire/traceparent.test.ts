/** A message's place in a trace: taken from who publishes, told on every way to read. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${trace}-00f067aa0ba902b7-01`;

let world: World;
beforeAll(async () => {
	world = await startWorld({ cors: ["https://app.example"] });
});
afterAll(() => world.close());

const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
const publish = (channel: string, headers: Record<string, string | string[]>) => ask(at(channel), { body: { n: 1 }, headers });
const kept = async (channel: string) =>
	(await ask(at(channel, "?after=first"))).json.messages.map((message: { traceparent?: string }) => message.traceparent);

test("the header is kept, and told over every way", async () => {
	const socket = world.origin.replace("http", "ws");
	const events = await openEvents(at("ways"));
	await events.take(2);
	const plain = await openSocket(`${socket}/v1/channels/ways/messages`);
	await plain.take(2);
	const full = await openSocket(`${socket}/v1/socket`, { protocol: "holdfast.v1" });
	full.send({ op: "subscribe", channel: "ways" });
	await full.take(3);
	const inProcess = new Promise((resolve) => world.holdfast.subscribe("ways", { message: resolve }));
	expect((await publish("ways", { traceparent })).status).toBe(201);
	const [block] = await events.take(1);
	const told = [
		...(await ask(at("ways", "?after=first&wait=5"))).json.messages,
		JSON.parse(block?.data ?? "{}"),
		await plain.next(),
		await full.next(),
		await inProcess,
	];
	expect(told.map((message) => message.traceparent)).toEqual(Array(5).fill(traceparent));
	events.close();
	plain.close();
	full.close();
});

test("a header that is none is ignored, and of a later version what is known is kept", async () => {
	await publish("headers", { traceparent: "00-0-0-0" });
	await publish("headers", { traceparent: [traceparent, traceparent] });
	await publish("headers", { traceparent: `01${traceparent.slice(2)}-more` });
	await publish("headers", {});
	expect(await kept("headers")).toEqual([undefined, undefined, traceparent, undefined]);
});

test("as a field it is kept, and one that is none is 400 and keeps nothing", async () => {
	const items = [traceparent, "no", 7, undefined].map((given) => ({ channel: "fields", data: 1, traceparent: given }));
	const { json } = await ask(`${world.origin}/v1/messages`, { body: items, headers: { traceparent } });
	expect(json.map(({ code = "kept" }) => code)).toEqual(["kept", "bad_request", "bad_request", "kept"]);
	const socket = await openSocket(`${world.origin.replace("http", "ws")}/v1/socket`, { protocol: "holdfast.v1" });
	socket.send({ op: "publish", ref: 1, channel: "fields", data: 1, traceparent });
	socket.send({ op: "publish", ref: 2, channel: "fields", data: 1, traceparent: "no" });
	const [, first, second] = await socket.take(3);
	expect([first.op, second.code]).toEqual(["ok", "bad_request"]);
	// The header belongs to the request, not to what stands in it.
	expect(await kept("fields")).toEqual([traceparent, undefined, traceparent]);
	socket.close();
});

test("from a back end in process it is an option", async () => {
	await world.holdfast.publish("process", 1, { traceparent });
	expect(await kept("process")).toEqual([traceparent]);
	await expect(world.holdfast.publish("process", 1, { traceparent: "no" })).rejects.toMatchObject({ code: "bad_request" });
});

test("a repeat with an idempotency key may come from another span", async () => {
	const headers = { "Idempotency-Key": "k" };
	expect((await publish("repeat", { ...headers, traceparent })).status).toBe(201);
	expect((await publish("repeat", { ...headers, traceparent: traceparent.replace("00f0", "11f1") })).status).toBe(200);
	expect(await kept("repeat")).toEqual([traceparent]);
});

test("a page of a listed origin may send it", async () => {
	const { headers } = await ask(at("cors"), {
		method: "OPTIONS",
		headers: { Origin: "https://app.example", "Access-Control-Request-Headers": "traceparent" },
	});
	expect(String(headers["access-control-allow-headers"]).toLowerCase()).toContain("traceparent");
});
