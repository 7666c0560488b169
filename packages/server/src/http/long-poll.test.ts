import type { IncomingMessage, ServerResponse } from "node:http";
import type { Page } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { oneChannel } from "../hub/scope.ts";
import { ManualClock } from "../testing/index.ts";
import { LongPoll } from "./long-poll.ts";
import type { Service } from "./service.ts";

const page: Page = { gaps: [], messages: [], cursors: [], next: "e-1", more: false };

/** A poll that has begun at `e-0`, its answers by their `next` or error code, and how often it was let go. */
function waitingPoll({ begun = true, draining = false } = {}) {
	const answers: string[] = [];
	let closed = 0;
	const clock = new ManualClock();
	const response = {
		req: { method: "GET", httpVersionMajor: 1 },
		socket: null,
		destroyed: false,
		headersSent: false,
		once: () => response,
		writeHead: () => response,
		end: (body: Buffer) => {
			const { next, code } = JSON.parse(body.toString());
			answers.push(next ?? code);
		},
	};
	const service = { clock, random: () => 0, log: {}, connections: { draining, remove: () => undefined } } as unknown as Service;
	const question = { scope: oneChannel("chat"), starts: ["now"], limit: 10, wait: 25, naming: false } as const;
	const request = { headers: {} } as IncomingMessage;
	const poll = new LongPoll(service, request, response as unknown as ServerResponse, question);
	if (begun) poll.begins({ next: "e-0" });
	poll.waits(() => {
		closed += 1;
	});
	return { poll, answers, clock, closed: () => closed };
}

test.each(["a page", "nothing"])("a poll is answered once, also where that is %s", (first) => {
	const { poll, answers, clock, closed } = waitingPoll();
	if (first === "nothing") expect(poll.stale()).toBe(false);
	expect(poll.write(poll.form.page(page))).toBe(false);
	expect(poll.writable).toBe(false);
	poll.stale();
	poll.leave();
	poll.write(poll.form.page({ ...page, next: "e-2" }));
	clock.advance(60_000);
	expect(answers).toEqual([first === "nothing" ? "e-0" : "e-1"]);
	expect(closed()).toBe(1);
});

test("a poll that was answered before it waits ends its reading at once", () => {
	const { poll, closed } = waitingPoll();
	poll.leave();
	let late = 0;
	poll.waits(() => {
		late += 1;
	});
	expect([closed(), late]).toEqual([1, 1]);
});

test.each([
	["the time is over", "store_unavailable", false],
	["the server goes away", "draining", true],
])("a poll that has not begun when %s is answered %s", (_, code, draining) => {
	const { poll, answers, closed } = waitingPoll({ begun: false, draining });
	poll.leave();
	expect([answers, closed()]).toEqual([[code], 1]);
});
