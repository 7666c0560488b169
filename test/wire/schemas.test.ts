/** Each way to publish, where the channel has a schema. */
import { expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, watchFaults } from "../support/world.ts";

const text = { type: "object", required: ["text"], properties: { text: { type: "string" } } };
/** Slower for the first than for the second: whoever asked first is to be first. */
const slow = {
	"~standard": {
		version: 1 as const,
		vendor: "test",
		async validate(value: unknown) {
			await new Promise((resolve) => setTimeout(resolve, value === 1 ? 50 : 0));
			return { value: "changed" };
		},
	},
};
const broken = {
	"~standard": {
		version: 1 as const,
		vendor: "test",
		validate(): never {
			throw new Error("broken schema");
		},
	},
};
const world = await startWorld({ schemas: { "chat*": text, slow, broken } });
const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
const kept = async (channel: string) =>
	(await ask(at(channel, "?after=first"))).json.messages.map(({ data }: { data: unknown }) => data);

const places = [{ path: "/text", message: "must be string" }];
const mismatch = {
	status: 422,
	code: "schema_mismatch",
	detail: "This does not fit the schema of chat*: /text: must be string",
	places,
};

test("over HTTP it is 422 with the places, and nothing is stored", async () => {
	const { status, headers, json } = await ask(at("chat-http"), { body: { text: 1 } });
	expect([status, headers["content-type"]]).toEqual([422, "application/problem+json"]);
	expect(json).toMatchObject(mismatch);
	expect((await ask(at("chat-http"), { body: { text: "hi" } })).status).toBe(201);
	const asText = await ask(at("chat-http"), { body: "hi", headers: { "Content-Type": "text/plain" } });
	expect([asText.status, asText.json.places]).toEqual([422, [{ path: "", message: "must be object" }]]);
	const asBytes = await ask(at("chat-http"), { body: "hi", headers: { "Content-Type": "application/octet-stream" } });
	expect([asBytes.status, asBytes.json.places[0].message]).toEqual([422, "must be JSON or text, not bytes"]);
	expect(await kept("chat-http")).toEqual([{ text: "hi" }]);
});

test("in a batch it stands in the item's place, and the others are kept", async () => {
	const items = [{ text: "a" }, { text: 2 }, { text: "c" }].map((data) => ({ channel: "chat-batch", data }));
	const { status, json } = await ask(`${world.origin}/v1/messages`, { method: "POST", body: items });
	expect([status, json[1]]).toEqual([201, expect.objectContaining(mismatch)]);
	expect(await kept("chat-batch")).toEqual([{ text: "a" }, { text: "c" }]);
});

test("on the full form it is an error with the places, and the connection stays", async () => {
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	socket.send({ op: "publish", ref: 1, channel: "chat-full", data: { text: 1 } });
	const { status: _, ...told } = mismatch;
	expect(await socket.next()).toEqual({ op: "error", ref: 1, ...told });
	socket.send({ op: "publish", ref: 2, channel: "chat-full", data: { text: "hi" } });
	expect(await socket.next()).toMatchObject({ op: "ok", ref: 2 });
	expect(await kept("chat-full")).toEqual([{ text: "hi" }]);
	socket.close();
});

test("on the plain form the connection closes with 4501", async () => {
	const socket = await openSocket(at("chat-plain"));
	socket.send({ text: "hi" });
	socket.send({ text: 1 });
	expect(await socket.closed).toMatchObject({ code: 4501, reason: "schema_mismatch" });
	expect(await kept("chat-plain")).toEqual([{ text: "hi" }]);
});

test("in process it is an error with the places", async () => {
	await expect(world.holdfast.publish("chat-in", { text: 1 })).rejects.toMatchObject({ code: "schema_mismatch", places });
	await world.holdfast.publish("chat-in", { text: "hi" });
	expect(await kept("chat-in")).toEqual([{ text: "hi" }]);
});

test("a schema that answers later keeps the order of a socket, and what is stored is what was sent", async () => {
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	for (const ref of [1, 2]) socket.send({ op: "publish", ref, channel: "slow", data: ref });
	await socket.take(2);
	expect(await kept("slow")).toEqual([1, 2]);
	socket.close();
});

test("a schema that throws is 500, and a fault", async () => {
	const watched = watchFaults();
	const { status, json } = await ask(at("broken"), { body: 1 });
	expect([status, json.code, JSON.stringify(json).includes("broken schema")]).toEqual([500, "internal", false]);
	expect(watched.faults).toEqual([expect.objectContaining({ message: "broken schema" })]);
	watched.stop();
	await world.close();
});
