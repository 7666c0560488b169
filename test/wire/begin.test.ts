import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Of the channel `five`, which holds 1 to 5. */
let ids: string[];
beforeAll(async () => {
	world = await startWorld();
	const items = [1, 2, 3, 4, 5].map((data) => ({ channel: "five", data }));
	ids = (await ask(`${world.origin}/v1/messages`, { body: items })).json.map(({ id }: { id: string }) => id);
});
afterAll(() => world.close());

interface Start {
	readonly query: string;
	readonly lastEventId?: string;
}

const headersOf = ({ lastEventId }: Start) => (lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId });
const at = ({ query }: Start) => `${world.origin}/v1/channels/five/messages?${query}`;

/** What each way in delivers of the past, up to live. */
const ways: Record<string, (start: Start) => Promise<unknown[]>> = {
	poll: async (start) => data((await ask(at(start), { headers: headersOf(start) })).json.messages),
	"long poll": async (start) =>
		data((await ask(at({ ...start, query: `${start.query}&wait=1` }), { headers: headersOf(start) })).json.messages),
	"event stream": async (start) => {
		const stream = await openEvents(at(start), headersOf(start));
		const seen: unknown[] = [];
		for (;;) {
			const block = await stream.next();
			if (block?.event === "$live") break;
			if (block?.event === undefined) seen.push(JSON.parse(block?.data ?? ""));
		}
		stream.close();
		return data(seen);
	},
	"plain WebSocket": async (start) => {
		const socket = await openSocket(at(start), { headers: headersOf(start) });
		const seen: unknown[] = [];
		for (;;) {
			const frame = await socket.next();
			if (frame.op === "live") break;
			if (frame.op === undefined) seen.push(frame);
		}
		socket.close();
		return data(seen);
	},
};
const data = (messages: unknown) => (messages as { data: unknown }[]).map((message) => message.data);

describe.each(Object.entries(ways))("over %s", (_, read) => {
	test.each<[string, () => Start, unknown[]]>([
		["nothing said", () => ({ query: "" }), []],
		["after=now", () => ({ query: "after=now" }), []],
		["after=first", () => ({ query: "after=first" }), [1, 2, 3, 4, 5]],
		["after=<cursor>", () => ({ query: `after=${ids[2]}` }), [4, 5]],
		["after=<the newest>", () => ({ query: `after=${ids[4]}` }), []],
		["last=2", () => ({ query: "last=2" }), [4, 5]],
		["last=1000", () => ({ query: "last=1000" }), [1, 2, 3, 4, 5]],
		["Last-Event-ID", () => ({ query: "", lastEventId: ids[1] as string }), [3, 4, 5]],
		["Last-Event-ID before after", () => ({ query: `after=${ids[0]}`, lastEventId: ids[3] as string }), [5]],
		["Last-Event-ID before last", () => ({ query: "last=5", lastEventId: ids[3] as string }), [5]],
		["after before last", () => ({ query: `last=5&after=${ids[3]}` }), [5]],
		["after=now before last", () => ({ query: "last=5&after=now" }), []],
		["the first of two", () => ({ query: `after=${ids[3]}&after=first` }), [5]],
		["an encoded cursor", () => ({ query: `after=${ids[3]?.replace("-", "%2D")}` }), [5]],
	])("%s", async (_name, start, expected) => {
		expect(await read(start())).toEqual(expected);
	});
});

const forged = (id: string) => [
	"x",
	"-",
	"first ",
	"First",
	"0",
	"-1",
	`${id}0x`,
	`${id}-1`,
	`${id} `,
	`"${id}"`,
	id.slice(0, id.indexOf("-")),
	id.slice(0, id.indexOf("-") + 1),
	id.slice(id.indexOf("-")),
	`${id.slice(0, id.indexOf("-"))}-01`,
	`${id.slice(0, id.indexOf("-"))}--1`,
	`${id.slice(0, id.indexOf("-"))}-1.5`,
	`${id.slice(0, id.indexOf("-"))}-1e3`,
	`${id.slice(0, id.indexOf("-"))}-99999999999999999999`,
	`${"e".repeat(17)}-1`,
	"1".repeat(4000),
	`${"9".repeat(20_000)}-1`,
	"é-1",
	"a~b.1",
];

describe("a bad cursor is 400 bad_cursor", () => {
	test("as after, in a poll, a long poll, a stream and before an upgrade", async () => {
		for (const bad of ["", ...forged(ids[0] as string)]) {
			const url = at({ query: `after=${encodeURIComponent(bad)}` });
			for (const answer of [
				await ask(url),
				await ask(`${url}&wait=20`),
				await ask(url, { headers: { Accept: "text/event-stream" } }),
				await refusedSocket(url),
			]) {
				expect([bad.slice(0, 40), answer.status, answer.json.code]).toEqual([bad.slice(0, 40), 400, "bad_cursor"]);
			}
		}
	});

	test("as Last-Event-ID", async () => {
		for (const bad of forged(ids[0] as string).filter((text) => text === text.trim())) {
			const headers = { "Last-Event-ID": Buffer.from(bad).toString("latin1") };
			const url = at({ query: "after=first" });
			for (const answer of [
				await ask(url, { headers }),
				await ask(url, { headers: { ...headers, Accept: "text/event-stream" } }),
				await refusedSocket(url, { headers }),
			]) {
				expect([bad.slice(0, 40), answer.status, answer.json.code]).toEqual([bad.slice(0, 40), 400, "bad_cursor"]);
			}
		}
	});

	test("as Last-Event-ID: neither first nor now is a cursor", async () => {
		for (const word of ["first", "now"]) {
			expect((await ask(at({ query: "" }), { headers: { "Last-Event-ID": word } })).json.code).toBe("bad_cursor");
		}
	});
});

test("a bad last is refused before an upgrade too", async () => {
	const { status, json } = await refusedSocket(at({ query: "last=0" }));
	expect({ status, code: json.code }).toEqual({ status: 400, code: "bad_request" });
});
