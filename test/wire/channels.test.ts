import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const channelAt = (channel: string) => `${world.origin}/v1/channels/${channel}`;
const publish = async (channel: string, body: unknown = { n: 1 }) =>
	(await ask(`${channelAt(channel)}/messages`, { body })).json.id;
const nobody = { poll: 0, longPoll: 0, sse: 0, websocket: 0 };

describe("describing a channel", () => {
	test("never published to is 200 with zeros", async () => {
		const { status, headers, json } = await ask(channelAt("never"));
		expect(status).toBe(200);
		expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
		expect(json).toEqual({ channel: "never", head: expect.any(String), first: null, messages: 0, readers: nobody });
		expect((await ask(`${channelAt("never")}/messages?after=${json.head}`)).status).toBe(200);
	});

	test("tells head, oldest kept and how many", async () => {
		const first = await publish("some");
		await publish("some");
		const head = await publish("some");
		expect((await ask(channelAt("some"))).json).toEqual({ channel: "some", head, first, messages: 3, readers: nobody });
	});

	test("counts its readers by transport, in sets too, until they have gone", async () => {
		const url = `${channelAt("read")}/messages`;
		const streams = [await openEvents(url), await openEvents(`${world.origin}/v1/messages?channel=read&channel=x`)];
		const sockets = [await openSocket(url), await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" })];
		sockets[1]?.send({ op: "subscribe", channel: "read" });
		const polls = [ask(`${url}?wait=20`), ask(`${url}?wait=20`)];
		const readers = async () => (await ask(channelAt("read"))).json.readers;
		await expect.poll(readers).toEqual({ poll: 0, longPoll: 2, sse: 2, websocket: 2 });
		for (const reader of [...streams, ...sockets]) reader.close();
		await publish("read");
		await Promise.all(polls);
		await expect.poll(readers).toEqual(nobody);
	});
});

describe("listing channels", () => {
	test("gives them by name in byte order, page by page", async () => {
		const names = ["l:b", "l:B", "l:a1", "l:a", "l:~", "l:_", "l:-", "l::"];
		for (const name of names) await publish(name);
		const sorted = [...names].sort();
		const { status, json } = await ask(`${world.origin}/v1/channels?prefix=l:`);
		expect(status).toBe(200);
		expect(json).toMatchObject({ channels: sorted.map((channel) => ({ channel, messages: 1, readers: nobody })), more: false });
		expect(json.next).toBe(sorted.at(-1));
		expect(Object.keys(json.channels[0])).toEqual(["channel", "head", "first", "messages", "readers"]);
		const pages: string[] = [];
		let after = "";
		for (let more = true; more; ) {
			const page = (await ask(`${world.origin}/v1/channels?prefix=l:&limit=3&after=${after}`)).json;
			pages.push(...page.channels.map(({ channel }: { channel: string }) => channel));
			({ next: after, more } = page);
		}
		expect(pages).toEqual(sorted);
	});

	test("of a prefix that none has is empty", async () => {
		expect((await ask(`${world.origin}/v1/channels?prefix=none`)).json).toEqual({ channels: [], next: "", more: false });
		expect((await ask(`${world.origin}/v1/channels?prefix=none&after=nonez`)).json).toMatchObject({
			channels: [],
			next: "nonez",
		});
	});

	test.each(["0", "1001", "x", "-1"])("with limit=%s is refused", async (limit) => {
		const { status, json } = await ask(`${world.origin}/v1/channels?limit=${limit}`);
		expect({ status, code: json.code }).toEqual({ status: 400, code: "bad_request" });
	});
});

describe("removing a channel", () => {
	test("is 204, ends this life of its log, and tells readers", async () => {
		const id = await publish("gone");
		await publish("gone");
		const before = (await ask(channelAt("gone"))).json;
		const { status, text } = await ask(channelAt("gone"), { method: "DELETE" });
		expect({ status, text }).toEqual({ status: 204, text: "" });
		const after = (await ask(channelAt("gone"))).json;
		expect(after).toMatchObject({ first: null, messages: 0 });
		expect(after.head.split("-")[0]).not.toBe(before.head.split("-")[0]);
		const told = (await ask(`${channelAt("gone")}/messages?after=${id}`)).json;
		expect(told).toMatchObject({
			messages: [],
			gap: { channel: "gone", after: id, next: after.head, reason: "reset" },
			next: after.head,
		});
		expect((await ask(`${world.origin}/v1/channels?prefix=gone`)).json.channels).toEqual([]);
	});

	test("ends a wait at once", async () => {
		const id = await publish("waited");
		const waiting = ask(`${channelAt("waited")}/messages?after=${id}&wait=30`);
		await expect.poll(async () => (await ask(channelAt("waited"))).json.readers.longPoll).toBe(1);
		await ask(channelAt("waited"), { method: "DELETE" });
		expect((await waiting).json).toMatchObject({ messages: [], gap: { after: id, reason: "reset" } });
	});

	test("that was never published to is 204, and a new life all the same", async () => {
		const { next } = (await ask(`${channelAt("unborn")}/messages`)).json;
		expect((await ask(channelAt("unborn"), { method: "DELETE" })).status).toBe(204);
		const { json } = await ask(`${channelAt("unborn")}/messages?after=${next}`);
		expect(json.next).not.toBe(next);
		expect(json.gap).toMatchObject({ reason: "reset" });
	});
});

describe("administration, where no rights are configured,", () => {
	const administer = [
		["GET", "/v1/channels/a"],
		["GET", "/v1/channels"],
		["DELETE", "/v1/channels/a"],
	] as const;

	test.each(administer)("%s %s is open to this machine", async (method, path) => {
		for (const Host of ["localhost", "127.0.0.1:80", "[::1]:1", "app.localhost"]) {
			expect((await ask(world.origin + path, { method, headers: { Host } })).status).toBeLessThan(300);
		}
	});

	test.each(administer)("%s %s is closed to whom a proxy or a foreign name brings here", async (method, path) => {
		for (const headers of [
			{ "X-Forwarded-For": "10.0.0.1" },
			{ Forwarded: "for=10.0.0.1" },
			{ Via: "1.1 proxy" },
			{ Host: "evil.example" },
			{ Host: "localhost.evil.example" },
			{ Host: "127.0.0.1.evil.example" },
		]) {
			const { status, json } = await ask(world.origin + path, { method, headers });
			expect({ status, code: json.code }).toEqual({ status: 403, code: "forbidden" });
		}
	});

	test("where rights are configured they decide, with null for the list", async () => {
		const asked: unknown[] = [];
		const ruled = await startWorld({
			authorize: (_, channel, action) => {
				asked.push([channel, action]);
				return false;
			},
		});
		for (const [method, path] of administer) expect((await ask(ruled.origin + path, { method })).status).toBe(403);
		expect(asked).toEqual([
			["a", "admin"],
			[null, "admin"],
			["a", "admin"],
		]);
		await ruled.close();
	});
});
