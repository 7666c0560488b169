import { type Page, readHeader } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { pollForm } from "./poll.ts";
import { socketForms, textFrames } from "./socket.ts";
import { SseFrame, sseForms } from "./sse.ts";

const pageOf = (...data: readonly string[]): Page => ({
	gaps: [],
	messages: data.map((one, i) => ({ channel: "chat", id: `e-${i + 1}`, offset: i + 1, data: JSON.stringify(one), time: 1 })),
	cursors: data.map((_, i) => `e-${i + 1}`),
	next: `e-${data.length}`,
	more: false,
});

/** The texts of whole frames that stand one after another. */
function textsOf(bytes: Buffer): string[] {
	const texts: string[] = [];
	for (let at = 0; at < bytes.length; ) {
		const header = readHeader(bytes.subarray(at));
		if (header === undefined) throw new Error("A frame is cut.");
		expect(header).toMatchObject({ fin: true, opcode: 1, mask: undefined, rsv: 0 });
		texts.push(bytes.toString("utf8", at + header.size, at + header.size + header.length));
		at += header.size + header.length;
	}
	return texts;
}

test("frames in one buffer are each whole, at every form of length, with characters of many bytes", () => {
	const texts = ["", "a", "x".repeat(125), "x".repeat(126), "ä€😀".repeat(100), "x".repeat(65_535), "x".repeat(65_536)];
	expect(textsOf(textFrames(texts))).toEqual(texts);
});

test("the plain form is a frame a message, and only that of several channels bears the set's cursor", () => {
	const [one] = textsOf(socketForms.one.page(pageOf("a")));
	const [several] = textsOf(socketForms.several.page(pageOf("a")));
	expect(JSON.parse(one as string)).toEqual({ id: "e-1", channel: "chat", data: "a", time: 1 });
	expect(JSON.parse(several as string)).toMatchObject({ next: "e-1" });
});

test("an event stream's frame as a chunk counts bytes, not characters", () => {
	const frame = new SseFrame("data: ä😀\n\n");
	expect(frame.chunk.toString()).toBe("e\r\ndata: ä😀\n\n\r\n");
	expect(frame.chunk).toBe(frame.chunk);
	expect(sseForms.raw.named.page(pageOf("a\rb")).bytes.toString()).toBe("data: a\ndata: b\nid: e-1\n\n");
});

test("polls that ask for as many messages share an answer, others do not", () => {
	expect(pollForm(10, false)).toBe(pollForm(10, false));
	expect(pollForm(10, false)).not.toBe(pollForm(11, false));
	expect(pollForm(10, false)).not.toBe(pollForm(10, true));
});

test("an answer holds at most as many messages as were asked for; its next is the last of them, and says that there is more", () => {
	const cut = pollForm(2, false).page(pageOf("a", "b", "c"));
	expect(JSON.parse(cut.body.toString())).toMatchObject({ messages: [{ data: "a" }, { data: "b" }], next: "e-2", more: true });
	const whole = pollForm(3, false).page(pageOf("a", "b", "c"));
	expect(JSON.parse(whole.body.toString())).toMatchObject({ next: "e-3", more: false });
});
