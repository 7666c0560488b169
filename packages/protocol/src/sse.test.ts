import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Gap, Message, Page } from "./message.ts";
import { type SseBlock, sseBlock, sseBye, sseComment, sseGap, sseLive, sseMessage, sseOpen, ssePage } from "./sse.ts";

interface Received {
	readonly event: string;
	readonly data: string;
	readonly lastId: string;
}

interface Stream {
	readonly events: readonly Received[];
	readonly retry: number | undefined;
	/** Field names that a browser would ignore: there must be none, since they are text that broke out of its field. */
	readonly strays: readonly string[];
}

/** Reads a stream as a browser does (HTML Standard, section 9.2.6), from its bytes. */
function readStream(...chunks: readonly string[]): Stream {
	const text = new TextDecoder().decode(new TextEncoder().encode(chunks.join("")));
	const lines = text.split(/\r\n|\n|\r/);
	const events: Received[] = [];
	const strays: string[] = [];
	let retry: number | undefined;
	let lastId = "";
	let event = "";
	let data = "";
	// What follows the last line break is no line yet.
	for (const line of lines.slice(0, -1)) {
		if (line === "") {
			if (data !== "") events.push({ event: event === "" ? "message" : event, data: data.slice(0, -1), lastId });
			data = "";
			event = "";
			continue;
		}
		const colon = line.indexOf(":");
		const field = colon === -1 ? line : line.slice(0, colon);
		const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
		if (field === "data") data += `${value}\n`;
		else if (field === "event") event = value;
		else if (field === "id" && !value.includes("\0")) lastId = value;
		else if (field === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
		else if (field !== "") strays.push(line);
	}
	return { events, retry, strays };
}

/** What a browser makes of the line breaks in data. */
const asReceived = (data: string) => data.replace(/\r\n|\r/g, "\n").toWellFormed();

/** Text that likes to break out of its line. */
const hostileText = fc
	.array(
		fc.oneof(
			fc.constantFrom(
				"\r",
				"\n",
				"\r\n",
				"\0",
				"\u2028",
				"\u2029",
				"\u0085",
				"\ud83d",
				"\ude00",
				"\ufeff",
				" ",
				":",
				"data: ",
				"id: x",
			),
			fc.string({ unit: "binary" }),
		),
	)
	.map((parts) => parts.join(""));

const message = (fields: Partial<Message> = {}): Message => ({
	channel: "chat",
	id: "e-1",
	offset: 1,
	data: '"hi"',
	time: 1,
	...fields,
});

describe("an SSE block", () => {
	test("gives any data back as a browser reads it", () => {
		fc.assert(
			fc.property(fc.array(hostileText, { minLength: 1 }), (datas) => {
				const stream = readStream(...datas.map((data) => sseBlock({ data })));
				expect(stream.events.map((event) => event.data)).toEqual(datas.map(asReceived));
				expect(stream.strays).toEqual([]);
			}),
		);
	});

	test.each([
		["a carriage return", "a\rb"],
		["a line feed", "a\nb"],
		["both", "a\r\nb"],
		["both the wrong way round", "a\n\rb"],
		["line breaks alone", "\r\r\n\n"],
		["NUL", "a\0b"],
		["a line separator", "a\u2028b"],
		["half a surrogate pair", "a\ud83d"],
		["a leading space", " a"],
		["nothing", ""],
		["a block of its own", "x\n\nevent: $bye\rid: forged\r\n\r\ndata: y"],
	])("holds data with %s in one event", (_, data) => {
		const stream = readStream(sseBlock({ data, id: "e-1" }));
		expect(stream).toEqual({
			events: [{ event: "message", data: asReceived(data), lastId: "e-1" }],
			retry: undefined,
			strays: [],
		});
	});

	test("takes 8 MiB of line breaks in its stride", { timeout: 60_000 }, () => {
		const data = "\n".repeat(8 * 1024 * 1024);
		const before = process.cpuUsage();
		const text = sseBlock({ data });
		// About a second of work, however busy the machine is; anything worse than linear would take minutes.
		expect(process.cpuUsage(before).user / 1e6).toBeLessThan(8);
		expect(text.length).toBe(data.length * "data: \n".length + "data: \n\n".length);
		expect(text.endsWith("\ndata: \ndata: \n\n")).toBe(true);
	});

	test("writes no field that it was not given", () => {
		const block = (fields: SseBlock) => sseBlock(fields);
		expect(block({ data: "x" })).toBe("data: x\n\n");
		expect(block({ id: "e-1" })).toBe("id: e-1\n\n");
		expect(block({})).toBe("\n");
	});
});

describe("the stream of a reader", () => {
	test("begins with a block that names its cursor, so that a reader who drops at once loses nothing", () => {
		expect(readStream(sseOpen({ next: "e-7" }, 1500))).toEqual({
			events: [{ event: "$open", data: '{"next":"e-7"}', lastId: "e-7" }],
			retry: 1500,
			strays: [],
		});
	});

	test("ends with a block that leaves the reader's cursor as it was", () => {
		const stream = readStream(sseMessage(message({ id: "e-9" }), "e-9", false), sseBye("draining", 2000));
		expect(stream.retry).toBe(2000);
		expect(stream.events.at(-1)).toEqual({ event: "$bye", data: '{"reason":"draining"}', lastId: "e-9" });
	});

	test("says when the past has been delivered, and is kept alive by comments that nobody sees", () => {
		const stream = readStream(sseComment(""), sseLive("e-9"), sseComment(" padding"));
		expect(stream.events).toEqual([{ event: "$live", data: '{"next":"e-9"}', lastId: "" }]);
		expect(stream.strays).toEqual([]);
	});

	test("gives each message as JSON, under its event's name", () => {
		fc.assert(
			fc.property(fc.json(), hostileText, (data, from) => {
				const stream = readStream(sseMessage(message({ data, from, event: "said" }), "e-1", false));
				const [event, ...more] = stream.events;
				expect(more).toEqual([]);
				expect(event?.event).toBe("said");
				expect(JSON.parse(event?.data ?? "")).toEqual({
					id: "e-1",
					channel: "chat",
					data: JSON.parse(data),
					time: 1,
					event: "said",
					from,
				});
			}),
		);
	});

	test("gives bare data: a string as it is, base64 as its text, else JSON", () => {
		fc.assert(
			fc.property(hostileText, (text) => {
				const stream = readStream(sseMessage(message({ data: JSON.stringify(text) }), "e-1", true));
				expect(stream.events.map((event) => event.data)).toEqual([asReceived(text)]);
			}),
		);
		const bare = (fields: Partial<Message>) => readStream(sseMessage(message(fields), "e-1", true)).events[0]?.data;
		expect(bare({ data: '"AAEC"', encoding: "base64" })).toBe("AAEC");
		expect(bare({ data: '{"a":[1,"x\\n"]}' })).toBe('{"a":[1,"x\\n"]}');
		expect(bare({ data: "null" })).toBe("null");
	});

	test("tells gaps before messages, each with the cursor that is good after it", () => {
		const gap: Gap = { channel: "chat", after: "e-1", next: "e-4", reason: "expired" };
		const page: Page = {
			gaps: [gap],
			messages: [message({ id: "e-5" }), message({ id: "e-6" })],
			cursors: ["e-5", "e-6"],
			next: "e-6",
			more: false,
		};
		expect(sseMessage(message({ event: "said" }), "e-1", false, false)).not.toContain("event:");
		expect(sseGap(gap)).toBe(ssePage({ ...page, messages: [], cursors: [] }, false));
		const { events } = readStream(ssePage(page, true));
		expect(events.map(({ event, lastId }) => [event, lastId])).toEqual([
			["$gap", "e-4"],
			["message", "e-5"],
			["message", "e-6"],
		]);
		expect(JSON.parse(events[0]?.data ?? "")).toEqual(gap);
	});

	test("names the place in all channels after each message, where there are several", () => {
		const page: Page = { gaps: [], messages: [message()], cursors: ["hash~e.1.7"], next: "hash~e.1.7", more: false };
		expect(readStream(ssePage(page, false)).events[0]?.lastId).toBe("hash~e.1.7");
	});
});
