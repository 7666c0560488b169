import { describe, expect, test } from "vitest";
import { HoldfastError } from "./error.ts";
import { createOutbox } from "./outbox.ts";
import { createRetry } from "./retry.ts";
import { FakeTime } from "./testing/fake-time.ts";
import { settled } from "./testing/settled.ts";
import type { PublishItem, Stored } from "./way.ts";

interface Sending {
	readonly item: PublishItem;
	store(): Promise<void>;
	fail(error: HoldfastError): Promise<void>;
}

/** An outbox whose every try is answered by the test. */
function posting(size = 1000) {
	const time = new FakeTime();
	const sent: Sending[] = [];
	const send = (item: PublishItem) =>
		new Promise<Stored>((resolve, reject) => {
			const store = () => {
				resolve({ id: `a-${String(item.data)}` });
				return settled();
			};
			const fail = (error: HoldfastError) => {
				reject(error);
				return settled();
			};
			sent.push({ item, store, fail });
		});
	const box = createOutbox(time.environment, createRetry(time.environment), send, size);
	const outcomes: string[] = [];
	let keys = 0;
	const put = async (channel: string, data: unknown, timeout = 60_000) => {
		const item = { channel, data, idempotencyKey: `key ${++keys}` };
		void box.put(item, timeout).then(
			({ id }) => outcomes.push(id),
			(error: HoldfastError) => outcomes.push(`${data}: ${error.code}`),
		);
		await settled();
	};
	const data = () => sent.map(({ item }) => item.data);
	return { time, box, sent, put, data, outcomes };
}

const unreachable = () => new HoldfastError();

test("what is published in one channel is sent in its order, one after another", async () => {
	const { sent, put, data, outcomes } = posting();
	await put("chat", 1);
	await put("chat", 2);
	await put("chat", 3);
	expect(data()).toEqual([1]);
	await sent[0]?.store();
	expect(data()).toEqual([1, 2]);
	await sent[1]?.store();
	await sent[2]?.store();
	expect([data(), outcomes]).toEqual([
		[1, 2, 3],
		["a-1", "a-2", "a-3"],
	]);
});

test("channels do not wait for each other", async () => {
	const { put, data } = posting();
	await put("chat", 1);
	await put("news", 2);
	expect(data()).toEqual([1, 2]);
});

test("what fails for a while is tried again, with the same key, and what comes after it waits", async () => {
	const { time, sent, put, outcomes } = posting();
	await put("chat", 1);
	await put("chat", 2);
	await sent[0]?.fail(unreachable());
	time.pass(0);
	await settled();
	expect(sent.map(({ item }) => [item.data, item.idempotencyKey])).toEqual([
		[1, "key 1"],
		[1, "key 1"],
	]);
	await sent[1]?.store();
	expect(sent[2]?.item.data).toBe(2);
	expect(outcomes).toEqual(["a-1"]);
});

test("what is refused is told so, and the next one is sent", async () => {
	const { sent, put, data, outcomes } = posting();
	await put("chat", 1);
	await put("chat", 2);
	await sent[0]?.fail(new HoldfastError("too_large"));
	expect([data(), outcomes]).toEqual([[1, 2], ["1: too_large"]]);
});

describe("given up in time", () => {
	test("where it waits for another try, and the next one is sent", async () => {
		const { time, sent, put, data, outcomes } = posting();
		time.chance = 1;
		await put("chat", 1, 400);
		await put("chat", 2);
		await sent[0]?.fail(unreachable());
		time.pass(400);
		await settled();
		expect([outcomes, data()]).toEqual([["1: timed_out"], [1, 2]]);
	});

	test("where it waits for what was published before, and then it is never sent", async () => {
		const { time, sent, put, data, outcomes } = posting();
		await put("chat", 1);
		await put("chat", 2, 400);
		await put("chat", 3);
		time.pass(400);
		await settled();
		expect(outcomes).toEqual(["2: timed_out"]);
		await sent[0]?.store();
		expect([outcomes, data()]).toEqual([
			["2: timed_out", "a-1"],
			[1, 3],
		]);
	});

	test("where its try is under way, and the next one still waits for what becomes of that", async () => {
		const { time, sent, put, data, outcomes } = posting();
		await put("chat", 1, 400);
		await put("chat", 2);
		time.pass(400);
		await settled();
		expect([outcomes, data()]).toEqual([["1: timed_out"], [1]]);
		await sent[0]?.store();
		expect([outcomes, data()]).toEqual([["1: timed_out"], [1, 2]]);
	});
});

test("no more may wait than there is room for, and what is stored makes room", async () => {
	const { sent, put, outcomes } = posting(2);
	await put("chat", 1);
	await put("news", 2);
	await put("chat", 3);
	expect(outcomes).toEqual(["3: outbox_full"]);
	await sent[0]?.store();
	await put("chat", 4);
	expect(outcomes).toEqual(["3: outbox_full", "a-1"]);
});

test("closed, all that waits is given up, and no timer is left", async () => {
	const { time, box, sent, put, outcomes } = posting();
	time.chance = 1;
	await put("chat", 1);
	await put("chat", 2);
	await put("news", 3);
	await sent[1]?.fail(unreachable());
	box.close(new HoldfastError("closed"));
	await settled();
	expect(outcomes).toEqual(["1: closed", "2: closed", "3: closed"]);
	expect(time.timers).toBe(0);
	await sent[0]?.store();
	expect(sent).toHaveLength(2);
});

test("when all is stored, no timer is left", async () => {
	const { time, sent, put } = posting();
	await put("chat", 1);
	await sent[0]?.store();
	expect(time.timers).toBe(0);
});
