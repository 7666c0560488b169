import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message, Page } from "./message.ts";
import * as socket from "./socket.ts";

const message: Message = { channel: "chat", id: "e-5", offset: 5, data: '{"text":"hi"}', time: 7, event: "said", from: "ann" };
const bare = { id: "e-5", channel: "chat", data: { text: "hi" }, time: 7, event: "said", from: "ann" };
const gap = { channel: "chat", after: "e-1", next: "e-4", reason: "expired" } as const;
const page: Page = { gaps: [gap], messages: [message], cursors: ["hash~e.5"], next: "hash~e.5", more: false };

const parsed = (texts: readonly string[]) => texts.map((text) => JSON.parse(text));

test("on the plain form a message bears no operation, and everything else does", () => {
	expect(parsed(socket.plainPage(page, false))).toEqual([{ op: "gap", ...gap }, bare]);
	expect(JSON.parse(socket.opOpen({ next: "e-4" }))).toEqual({ op: "open", next: "e-4" });
	expect(JSON.parse(socket.opLive("e-5"))).toEqual({ op: "live", next: "e-5" });
});

test("on the plain form of several channels a message bears the place in all of them", () => {
	expect(parsed(socket.plainPage(page, true))).toEqual([
		{ op: "gap", ...gap },
		{ ...bare, next: "hash~e.5" },
	]);
});

test("on the full form everything bears its operation", () => {
	expect(parsed(socket.fullPage(page))).toEqual([
		{ op: "gap", ...gap },
		{ op: "message", ...bare },
	]);
	expect(JSON.parse(socket.opLive("e-5", "chat"))).toEqual({ op: "live", channel: "chat", next: "e-5" });
	expect(JSON.parse(socket.opHello("s1", 25))).toEqual({ op: "hello", session: "s1", heartbeat: 25 });
	expect(JSON.parse(socket.opGoaway(1200, "draining"))).toEqual({ op: "goaway", delay: 1200, reason: "draining" });
});

test("an answer bears the client's number where the client gave one", () => {
	expect(JSON.parse(socket.opOk(3, { id: "e-5", time: 7 }))).toEqual({ op: "ok", ref: 3, id: "e-5", time: 7 });
	expect(JSON.parse(socket.opOk(0, { next: "e-5" }))).toEqual({ op: "ok", ref: 0, next: "e-5" });
	expect(JSON.parse(socket.opOk(undefined))).toEqual({ op: "ok" });
	expect(JSON.parse(socket.opPong(4))).toEqual({ op: "pong", ref: 4 });
	expect(JSON.parse(socket.opPong(undefined))).toEqual({ op: "pong" });
	expect(JSON.parse(socket.opError(undefined, "bad_json", "no"))).toEqual({ op: "error", code: "bad_json", detail: "no" });
});

test("an error's detail may quote anything that a client sent", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (detail) => {
			const text = socket.opError(9, "bad_operation", detail);
			expect(text.isWellFormed()).toBe(true);
			expect(JSON.parse(text)).toEqual({ op: "error", ref: 9, code: "bad_operation", detail });
		}),
	);
});
