import { type Authorize, createHoldfast, type Received } from "@holdfast/server";
import { holdfastPlugin } from "@holdfast/server/fastify";
import express from "express";
import { type FastifyPluginCallback, fastify } from "fastify";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, watchFaults } from "../support/world.ts";
import { type Mounted, mounts } from "./mounts.ts";

/** Names come from a token; the decision takes a while, as one that asks a database. */
const authorize: Authorize = async (request, channel, action) => {
	await new Promise((resolve) => setTimeout(resolve, 5));
	const token = request.headers.authorization?.replace("Bearer ", "");
	if (token === undefined) return "unauthorized";
	if (token === "broken") throw new Error("no database");
	if (channel === "closed" && action === "publish") return "forbidden";
	return { from: token };
};
const ann = { Authorization: "Bearer ann" };

describe.each(Object.entries(mounts))("in %s, under a prefix", (name, mount) => {
	let mounted: Mounted;
	let watched: ReturnType<typeof watchFaults>;
	beforeEach(() => {
		watched = watchFaults();
	});
	afterEach(async () => {
		await mounted.close();
		watched.stop();
	});

	const at = (query = "") => `${mounted.origin}/realtime/v1/channels/a/messages${query}`;

	test("all four transports deliver what is published over HTTP, by a socket, and in process", async () => {
		mounted = await mount();
		const stream = await openEvents(at());
		const plain = await openSocket(at());
		const full = await openSocket(`${mounted.origin}/realtime/v1/socket`, { protocol: "holdfast.v1" });
		full.send({ op: "subscribe", channel: "a" });
		await stream.take(2);
		await plain.take(2);
		await full.take(3);
		const waiting = ask(at("?wait=20"));
		await expect.poll(async () => (await ask(`${mounted.origin}/realtime/v1/channels/a`)).json.readers.longPoll).toBe(1);

		const first = (await ask(at("?event=said"), { body: { n: 1 } })).json;
		plain.send("2");
		expect((await plain.take(2)).map(({ data }) => data)).toEqual([{ n: 1 }, 2]);
		full.send({ op: "publish", channel: "a", data: 3, ref: 1 });
		await expect.poll(async () => (await ask(at("?after=first"))).json.messages.length).toBe(3);
		await mounted.holdfast.publish("a", { n: 4 }, { from: "the app" });

		expect((await waiting).json.messages).toMatchObject([{ id: first.id, event: "said" }]);
		const past = (await ask(at("?after=first"))).json.messages;
		expect(past.map(({ data }: { data: unknown }) => data)).toEqual([{ n: 1 }, 2, 3, { n: 4 }]);
		expect(past[3].from).toBe("the app");
		expect((await stream.take(4)).map(({ data }) => JSON.parse(data ?? ""))).toEqual(past);
		expect(await plain.take(2)).toEqual(past.slice(2));
		const told = (await full.take(5)).filter(({ op }) => op === "message");
		expect(told.map(({ op: _, ...message }) => message)).toEqual(past);
		expect(watched.faults).toEqual([]);
		for (const reader of [stream, plain, full]) reader.close();
	});

	test("a subscription in process gets messages one after another, and gaps", async () => {
		mounted = await mount();
		const { holdfast } = mounted;
		const got: (string | Received)[] = [];
		const { id } = await holdfast.publish("a", 0);
		const subscription = holdfast.subscribe(
			"a",
			{
				async message(message) {
					got.push(`begin ${message.data}`);
					await new Promise((resolve) => setTimeout(resolve, 10));
					got.push(`end ${message.data}`);
				},
				gap: ({ reason }) => void got.push(reason),
			},
			{ after: "first" },
		);
		await subscription.ready;
		await ask(at(), { body: "1", headers: { "Content-Type": "application/json" } });
		await holdfast.publish("a", 2);
		await expect.poll(() => got).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
		await ask(`${mounted.origin}/realtime/v1/channels/a`, { method: "DELETE" });
		await expect.poll(() => got.at(-1)).toBe("reset");
		subscription.close();
		await holdfast.publish("a", 3);
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(got).toHaveLength(7);
		expect(id).toBeTruthy();
	});

	test("access is decided by the app: it names who publishes, refuses, and may fail", async () => {
		mounted = await mount({ authorize });
		const published = await ask(at(), { body: { n: 1 }, headers: ann });
		expect(published.status).toBe(201);
		const read = await ask(at("?after=first"), { headers: ann });
		expect(read.json.messages).toMatchObject([{ from: "ann", data: { n: 1 } }]);

		const closed = at().replace("/a/", "/closed/");
		expect(await ask(closed, { body: {}, headers: ann })).toMatchObject({ status: 403, json: { code: "forbidden" } });
		expect((await ask(closed, { headers: ann })).status).toBe(200);
		const stranger = await ask(at());
		expect(stranger).toMatchObject({ status: 401, json: { code: "unauthorized" } });
		expect(stranger.headers).toHaveProperty("www-authenticate");
		expect((await refusedSocket(at())).status).toBe(401);
		expect(watched.faults).toEqual([]);

		const broken = await ask(at(), { headers: { Authorization: "Bearer broken" } });
		expect(broken).toMatchObject({ status: 503, json: { code: "overloaded" } });
		expect(broken.text).not.toContain("database");
		expect(watched.faults).toMatchObject([{ message: "no database" }]);

		const socket = await openSocket(at(), { headers: ann });
		await socket.take(2);
		socket.send("hello");
		expect(await socket.next()).toMatchObject({ from: "ann", data: "hello" });
		socket.close();
		const reader = await openSocket(closed, { headers: ann });
		reader.send("no");
		expect((await reader.closed).code).toBe(4503);
	});

	test("what is not Holdfast's stays the app's", async () => {
		mounted = await mount();
		for (const path of ["/", "/v2", "/realtime/other", "/realtime"]) {
			expect([path, (await ask(mounted.origin + path)).text]).toEqual([path, "the app's own"]);
		}
		if (name === "node:http") return;
		expect((await ask(`${mounted.origin}/echo`, { body: { parsed: "by the app" } })).json).toEqual({ parsed: "by the app" });
	});

	test("a body is read by Holdfast and not before it, whatever the app parses", async () => {
		mounted = await mount();
		const bytes = new Uint8Array([1, 2, 3]);
		await ask(at(), { body: '{"a":1.0}', headers: { "Content-Type": "application/json" } });
		await ask(at(), { body: bytes });
		await ask(`${mounted.origin}/realtime/v1/messages`, { body: [{ channel: "a", data: 3 }] });
		const refused = await ask(at(), { body: "{", headers: { "Content-Type": "application/json" } });
		expect(refused).toMatchObject({ status: 400, json: { code: "bad_json" } });
		expect((await ask(at(), { body: "x".repeat(70_000) })).status).toBe(413);
		const { messages } = (await ask(at("?after=first"))).json;
		expect(messages.map(({ data }: { data: unknown }) => data)).toEqual([{ a: 1 }, "AQID", 3]);
	});

	test("close sends everyone away, ends the app, and the log lives on", async () => {
		mounted = await mount({ drainTime: 100 });
		const stream = await openEvents(at());
		const plain = await openSocket(at());
		await stream.take(2);
		const waiting = ask(at("?wait=50"));
		await expect.poll(async () => (await ask(`${mounted.origin}/realtime/v1/channels/a`)).json.readers.longPoll).toBe(1);
		await mounted.close();
		expect(await stream.next()).toMatchObject({ event: "$bye", data: '{"reason":"draining"}' });
		expect(await stream.next()).toBeUndefined();
		expect((await plain.closed).code).toBe(4001);
		expect(await waiting).toMatchObject({ status: 200, json: { messages: [] } });
		await expect(ask(at())).rejects.toThrow("ECONNREFUSED");
	});
});

test("a body that was parsed before Holdfast is a clear fault, and no wait without end", async () => {
	const app = express();
	const world = await startWorld({}, (holdfast) => {
		app.use(express.json());
		app.use("/realtime", holdfast.handle);
		return app;
	});
	const url = `${world.origin}/realtime/v1/channels/a/messages`;
	const { status, json } = await ask(url, { body: { n: 1 } });
	expect({ status, code: json.code }).toEqual({ status: 500, code: "internal" });
	expect(String(world.faults)).toMatch(/mount it ahead of body parsers/);
	expect((await ask(url)).json.messages).toEqual([]);
	await world.close();
});

test("upgrades that are not Holdfast's are left to the app where it wants them", async () => {
	const world = await startWorld();
	world.server.removeAllListeners("upgrade");
	world.server.on("upgrade", (request, socket, head) =>
		world.holdfast.upgrade(request, socket, head, () => socket.end("HTTP/1.1 402 Payment Required\r\nContent-Length: 0\r\n\r\n")),
	);
	expect((await refusedSocket(`${world.origin}/other`)).status).toBe(402);
	const socket = await openSocket(`${world.origin}/v1/channels/a/messages`);
	expect(await socket.next()).toMatchObject({ op: "open" });
	socket.close();
	await world.close();
});

test("several Holdfasts in one Fastify, each in a plugin with a prefix of its own, are told apart", async () => {
	const app = fastify();
	const prefixes = ["/a", "/b"];
	for (const prefix of prefixes) {
		const plugin: FastifyPluginCallback = (inner, _, done) => {
			inner.register(holdfastPlugin, { holdfast: createHoldfast({ drainTime: 0, prefix }) });
			inner.setNotFoundHandler((_, reply) => reply.code(404).send("nothing here"));
			done();
		};
		app.register(plugin, { prefix });
	}
	const origin = await app.listen({ port: 0, host: "127.0.0.1" });
	onTestFinished(() => app.close());
	for (const prefix of prefixes) {
		const url = `${origin}${prefix}/v1/channels/chat/messages`;
		const socket = await openSocket(url);
		await socket.take(2);
		await ask(url, { body: { prefix } });
		expect(await socket.next()).toMatchObject({ data: { prefix } });
		expect((await ask(`${url}?after=first`)).json.messages).toHaveLength(1);
	}
	expect((await refusedSocket(`${origin}/c/v1/socket`)).status).toBe(404);
	expect((await ask(`${origin}/a/other`)).text).toBe("nothing here");
});
