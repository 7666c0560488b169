import { memoryLog, systemClock, systemRandom } from "@holdfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld({ log: memoryLog({ clock: systemClock, random: systemRandom, retentionMessages: 3 }) });
});
afterAll(() => world.close());

const url = (channel: string, query: string) => `${world.origin}/v1/channels/${channel}/messages?${query}`;

interface Told {
	readonly gap: unknown;
	readonly data: unknown[];
	/** Where the reader stands then. */
	readonly next: string;
}

/** The first gap and the messages that each way tells, up to live. */
const ways: Record<string, (channel: string, after: string) => Promise<Told>> = {
	poll: async (channel, after) => told((await ask(url(channel, `after=${after}`))).json),
	"long poll": async (channel, after) => told((await ask(url(channel, `after=${after}&wait=20`))).json),
	"event stream": async (channel, after) => {
		const stream = await openEvents(url(channel, `after=${after}`));
		const [, gap] = await stream.take(2);
		const data: unknown[] = [];
		for (let block = await stream.next(); ; block = await stream.next()) {
			const value = JSON.parse(block?.data ?? "");
			if (block?.event === "$live") {
				stream.close();
				return { gap: JSON.parse(gap?.data ?? ""), data, next: value.next };
			}
			data.push(value.data);
		}
	},
	"plain WebSocket": (channel, after) => readSocket(openSocket(url(channel, `after=${after}`))),
	"full WebSocket": async (channel, after) => {
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
		await socket.next();
		socket.send({ op: "subscribe", channel, after });
		return await readSocket(Promise.resolve(socket));
	},
};

const told = ({ gap, messages, next }: { gap: unknown; messages: { data: unknown }[]; next: string }): Told => ({
	gap,
	data: messages.map(({ data }) => data),
	next,
});

async function readSocket(opening: ReturnType<typeof openSocket>): Promise<Told> {
	const socket = await opening;
	const [, { op, ...gap }] = await socket.take(2);
	expect(op).toBe("gap");
	const data: unknown[] = [];
	for (let frame = await socket.next(); ; frame = await socket.next()) {
		if (frame.op === "live") {
			socket.close();
			return { gap, data, next: frame.next };
		}
		data.push(frame.data);
	}
}

describe.each(Object.entries(ways))("a %s is told", (_, read) => {
	test("expired, and goes on from the oldest kept", async () => {
		const ids = await fill("expired", 6);
		expect(await read("expired", ids[1] as string)).toEqual({
			gap: { channel: "expired", after: ids[1], next: ids[2], reason: "expired" },
			data: [4, 5, 6],
			next: ids[5],
		});
	});

	test("unknown when its cursor is ahead of the head, and goes on from the head", async () => {
		const ids = await fill("ahead", 2);
		const ahead = `${ids[1]?.split("-")[0]}-1000`;
		expect(await read("ahead", ahead)).toEqual({
			gap: { channel: "ahead", after: ahead, next: ids[1], reason: "unknown" },
			data: [],
			next: ids[1],
		});
	});

	test("reset when its cursor is of another epoch, and goes on from the oldest", async () => {
		const ids = await fill("foreign", 2);
		expect(await read("foreign", "other-7")).toEqual({
			gap: { channel: "foreign", after: "other-7", next: ids[0]?.replace(/-1$/, "-0"), reason: "reset" },
			data: [1, 2],
			next: ids[1],
		});
	});
});

test("no gap is told for what is not gone", async () => {
	const ids = await fill("whole", 5);
	for (const after of [ids[1], ids[2], ids[3], ids[4]]) {
		expect((await ask(url("whole", `after=${after}`))).json).not.toHaveProperty("gap");
	}
	for (const start of ["after=first", "after=now", "last=5"])
		expect((await ask(url("whole", start))).json).not.toHaveProperty("gap");
});

test("a gap's next is a cursor: what follows it comes first, and no gap is told again", async () => {
	const ids = await fill("again", 6);
	const { gap } = (await ask(url("again", `after=${ids[0]}`))).json;
	const { json } = await ask(url("again", `after=${gap.next}`));
	expect(json).not.toHaveProperty("gap");
	expect(json.messages.map(({ data }: { data: unknown }) => data)).toEqual([4, 5, 6]);
});

/** Removes the channel first, so that each test has its own life of it. */
async function fill(channel: string, count: number): Promise<string[]> {
	await ask(`${world.origin}/v1/channels/${channel}`, { method: "DELETE" });
	const items = Array.from({ length: count }, (_, i) => ({ channel, data: i + 1 }));
	return (await ask(`${world.origin}/v1/messages`, { body: items })).json.map(({ id }: { id: string }) => id);
}
