import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const set = (...names: string[]) => `${world.origin}/v1/messages?${names.map((name) => `channel=${name}`).join("&")}`;

async function publish(channel: string, data: unknown): Promise<string> {
	return (await ask(`${world.origin}/v1/channels/${channel}/messages`, { body: [data] })).json.id;
}

interface Seen {
	readonly id: string;
	readonly channel: string;
	readonly data: [unknown];
	readonly next?: string;
}

const seen = (messages: readonly Seen[], channel: string) =>
	messages.filter((one) => one.channel === channel).map(({ data: [n] }) => n);

describe("a set of channels", () => {
	test("is read in one poll: order in each channel, one cursor for all", async () => {
		for (const n of [1, 2, 3]) for (const channel of ["a1", "b1"]) await publish(channel, n);
		const { status, json, headers } = await ask(`${set("a1", "b1")}&after=first`);
		expect(status).toBe(200);
		expect(seen(json.messages, "a1")).toEqual([1, 2, 3]);
		expect(seen(json.messages, "b1")).toEqual([1, 2, 3]);
		expect(json.messages[0]).not.toHaveProperty("next");
		expect(json.next).toMatch(/^[A-Za-z0-9._~-]+$/);
		expect(headers.etag).toBe(`"${json.next}"`);
		await publish("b1", 4);
		const rest = (await ask(`${set("a1", "b1")}&after=${json.next}`)).json;
		expect(rest.messages).toMatchObject([{ channel: "b1", data: [4] }]);
	});

	test("names its channels in any order, each as often as it likes", async () => {
		const { next } = (await ask(set("x2", "y2", "z2"))).json;
		await publish("y2", 1);
		for (const names of [
			["z2", "y2", "x2"],
			["y2", "x2", "y2", "z2", "x2"],
		]) {
			expect((await ask(`${set(...names)}&after=${next}`)).json.messages).toMatchObject([{ channel: "y2" }]);
		}
	});

	test("of one is a set all the same", async () => {
		const id = await publish("alone", 1);
		const { json } = await ask(`${set("alone")}&after=first`);
		expect(json.next).not.toBe(id);
		expect((await ask(`${set("alone")}&after=${id}`)).json.code).toBe("bad_cursor");
		expect((await ask(`${world.origin}/v1/channels/alone/messages?after=${json.next}`)).json.code).toBe("bad_cursor");
	});

	test("is cut by its limit without losing any, whichever channel is busy", async () => {
		for (let n = 1; n <= 7; n++) await publish("busy3", n);
		for (let n = 1; n <= 2; n++) await publish("calm3", n);
		const all: Seen[] = [];
		let cursor = "first";
		for (let more = true; more; ) {
			const { json } = await ask(`${set("busy3", "calm3", "none3")}&limit=2&after=${cursor}`);
			expect(json.messages.length).toBeLessThanOrEqual(2);
			all.push(...json.messages);
			({ next: cursor, more } = json);
		}
		expect(seen(all, "busy3")).toEqual([1, 2, 3, 4, 5, 6, 7]);
		expect(seen(all, "calm3")).toEqual([1, 2]);
	});

	test("last=n is the newest n of each", async () => {
		for (const n of [1, 2, 3]) for (const channel of ["a4", "b4"]) await publish(channel, n);
		const { json } = await ask(`${set("a4", "b4")}&last=2`);
		expect(seen(json.messages, "a4")).toEqual([2, 3]);
		expect(seen(json.messages, "b4")).toEqual([2, 3]);
	});

	test("wakes a long poll whichever of its channels grows", async () => {
		const waiting = ask(`${set("a5", "b5")}&wait=30`);
		await expect.poll(async () => (await ask(`${world.origin}/v1/channels/b5`)).json.readers.longPoll).toBe(1);
		await publish("b5", 1);
		expect((await waiting).json.messages).toMatchObject([{ channel: "b5" }]);
	});

	test("tells gaps as a list, each with the set's cursors, before any message", async () => {
		await publish("gone6", 1);
		const kept = await publish("kept6", 1);
		const { next } = (await ask(`${set("gone6", "kept6")}&after=now`)).json;
		const start = (await ask(`${set("gone6", "kept6")}&last=1`)).json;
		await ask(`${world.origin}/v1/channels/gone6`, { method: "DELETE" });
		await publish("gone6", 2);
		await publish("kept6", 2);
		const { json } = await ask(`${set("gone6", "kept6")}&after=${next}`);
		expect(start.next).toBe(next);
		expect(json).not.toHaveProperty("gap");
		expect(json.gaps).toEqual([{ channel: "gone6", after: next, next: expect.any(String), reason: "reset" }]);
		expect(seen(json.messages, "gone6")).toEqual([2]);
		expect(seen(json.messages, "kept6")).toEqual([2]);
		const behind = (await ask(`${set("gone6", "kept6")}&after=${json.gaps[0].next}`)).json;
		expect(behind).not.toHaveProperty("gaps");
		expect(behind.messages).toEqual(json.messages);
		expect(kept).toBeTruthy();
	});

	test("bears its cursor as the id of a stream, good from any block on", async () => {
		for (const n of [1, 2]) for (const channel of ["a7", "b7"]) await publish(channel, n);
		const stream = await openEvents(`${set("a7", "b7")}&after=first`);
		const [open, ...rest] = await stream.take(6);
		stream.close();
		const live = rest.pop();
		expect(JSON.parse(open?.data ?? "").next).toBe(open?.id);
		expect(live).toMatchObject({ event: "$live" });
		expect(JSON.parse(live?.data ?? "").next).toBe(rest.at(-1)?.id);
		const messages = rest.map(({ data }) => JSON.parse(data ?? ""));
		for (const [i, block] of [open, ...rest].entries()) {
			const { json } = await ask(`${set("a7", "b7")}&after=${block?.id}`);
			const left = messages.slice(i);
			for (const channel of ["a7", "b7"]) expect(seen(json.messages, channel)).toEqual(seen(left, channel));
		}
	});

	test("bears its cursor as next in each message of a plain WebSocket, which publishes nothing", async () => {
		for (const n of [1, 2]) for (const channel of ["a8", "b8"]) await publish(channel, n);
		const socket = await openSocket(`${set("a8", "b8")}&after=first`);
		const [open, ...messages] = await socket.take(5);
		expect(open).toEqual({ op: "open", next: expect.any(String) });
		expect(await socket.next()).toEqual({ op: "live", next: messages.at(-1).next });
		for (const [i, { next }] of [open, ...messages].entries()) {
			const { json } = await ask(`${set("a8", "b8")}&after=${next}`);
			for (const channel of ["a8", "b8"]) expect(seen(json.messages, channel)).toEqual(seen(messages.slice(i), channel));
		}
		socket.send("1");
		expect((await socket.closed).code).toBe(4501);
	});
});

describe("the cursor of a set", () => {
	test("of another set, or a message's id, is 400 bad_cursor in all four ways", async () => {
		const id = await publish("a9", 1);
		const ab = (await ask(set("a9", "b9"))).json.next;
		for (const [names, cursor] of [
			[["a9"], ab],
			[["a9", "c9"], ab],
			[["a9", "b9", "c9"], ab],
			[["a9", "b9"], id],
			[["a9", "b9"], `${ab}.1`],
			[["a9", "b9"], ab.slice(0, -2)],
			[["a9", "b9"], `${ab}~`],
			[["a9", "b9"], ab.toUpperCase()],
			[["a9", "b9"], ab.repeat(500)],
		] as const) {
			const url = `${set(...names)}&after=${cursor}`;
			for (const answer of [
				await ask(url),
				await ask(`${url}&wait=9`),
				await ask(url, { headers: { Accept: "text/event-stream" } }),
				await refusedSocket(url),
			]) {
				expect([names, answer.status, answer.json.code]).toEqual([names, 400, "bad_cursor"]);
			}
		}
	});

	test("takes 3 to 5 characters an offset and never more than 4096 bytes", async () => {
		const names = Array.from({ length: 128 }, (_, i) => `wide${i}:${"n".repeat(240)}`);
		for (const name of names) await publish(name, 1);
		const short = (await ask(set("wide0", "wide1"))).json.next;
		const { status, json } = await ask(`${set(...names)}&after=first`);
		expect(status).toBe(200);
		expect(json.next.length).toBeLessThan(short.length + 128 * 5);
		for (const name of names) await ask(`${world.origin}/v1/channels/${name}`, { method: "DELETE" });
		const reset = (await ask(`${set(...names)}&after=${json.next}`)).json;
		expect(reset.gaps).toHaveLength(128);
		expect(reset.next.length).toBeLessThanOrEqual(4096);
		expect((await ask(`${set(...names)}&after=${reset.next}`)).json).toMatchObject({ messages: [], next: reset.next });
	});
});

test.each([
	["no channel", () => set(), "bad_request"],
	["an empty channel", () => set("a", ""), "bad_channel"],
	["a bad name among good ones", () => set("a", "b%2Fc"), "bad_channel"],
	["more than 128 channels", () => set(...Array.from({ length: 129 }, (_, i) => `c${i}`)), "bad_request"],
])("%s is refused in all four ways", async (_, url, code) => {
	for (const answer of [
		await ask(url()),
		await ask(`${url()}&wait=9`),
		await ask(url(), { headers: { Accept: "text/event-stream" } }),
		await refusedSocket(url()),
	]) {
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 400, code });
	}
});

test.each([
	["a start that is none", "from=a:now&from=b:nothing", "b", "bad_cursor"],
	["a name that is none", "from=a:now&from=b%2Fc:now", "b/c", "bad_channel"],
	["one channel too many", Array.from({ length: 130 }, (_, i) => `from=c${i}:now`).join("&"), "c128", "bad_request"],
])("%s is refused with the name of the channel, so that the others can go on", async (_, query, channel, code) => {
	const { status, json } = await ask(`${world.origin}/v1/messages?${query}`);
	expect({ status, code: json.code, channel: json.channel }).toEqual({ status: 400, code, channel });
});

test("so is a channel that is not allowed", async () => {
	const strict = await startWorld({ authorize: (_, channel) => channel !== "secret" });
	try {
		const { status, json } = await ask(`${strict.origin}/v1/messages?from=open:now&from=secret:now`);
		expect({ status, code: json.code, channel: json.channel }).toEqual({ status: 403, code: "forbidden", channel: "secret" });
	} finally {
		await strict.close();
	}
});
