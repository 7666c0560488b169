import { describe, expect, test } from "vitest";
import type { Host, Join } from "./channel.ts";
import type { Store } from "./environment.ts";
import { HoldfastError } from "./error.ts";
import { keepCursors } from "./persist.ts";
import { FakeTime } from "./testing/fake-time.ts";
import { settled } from "./testing/settled.ts";

/** A reader as the session below sees it. */
interface Joined {
	readonly channel: string;
	readonly start: string;
	readonly handlers: Join;
	left: boolean;
}

function quickStore() {
	const texts = new Map<string, string>();
	const writes: string[] = [];
	const set = (key: string, value: string) => {
		texts.set(key, value);
		writes.push(value);
	};
	return { texts, writes, get: (key: string) => texts.get(key), set };
}

const nobody: Join = { message: () => undefined, ended: () => undefined };

function keeping(store: Store = quickStore(), user = "ann") {
	const time = new FakeTime();
	const joined: Joined[] = [];
	const below: Host = {
		join(channel, start, handlers) {
			const one = { channel, start, handlers, left: false };
			joined.push(one);
			return () => {
				one.left = true;
			};
		},
		publish: () => Promise.reject(new Error("Nothing is published here.")),
		read: () => Promise.reject(new Error("Nothing is read here.")),
		fail: () => undefined,
	};
	const host = keepCursors(store)(below, { environment: time.environment, url: "https://example.test", user });
	const join = async (channel: string, start = "", handlers = nobody) => {
		const leave = host.join(channel, start, handlers);
		await settled();
		return { leave, below: joined.at(-1) as Joined };
	};
	return { time, joined, host, join };
}

const key = (texts: ReadonlyMap<string, string>, channel: string) =>
	[...texts.keys()].find((one) => one.endsWith(`:${channel}`)) as string;

describe("where to begin", () => {
	test("is now where nothing is kept, and else where the page left", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		const { below } = await join("chat");
		expect(below.start).toBe("now");
		below.handlers.begun?.("a-3");
		below.handlers.moved?.("a-4");
		time.pass(250);
		expect((await keeping(store).join("chat")).below.start).toBe("a-4");
		expect((await keeping(store).join("news")).below.start).toBe("now");
	});

	test("is where it is said, whatever is kept", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		(await join("chat")).below.handlers.moved?.("a-4");
		time.pass(250);
		expect((await keeping(store).join("chat", "first")).below.start).toBe("first");
	});

	test("is what was handled last, though it is not written yet", async () => {
		const { join } = keeping();
		(await join("chat")).below.handlers.moved?.("a-4");
		expect((await join("chat")).below.start).toBe("a-4");
	});

	test("is not what another user left", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		(await join("chat")).below.handlers.moved?.("a-4");
		time.pass(250);
		expect((await keeping(store, "bob").join("chat")).below.start).toBe("now");
	});

	test("is now where what is kept is no cursor", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		(await join("chat")).below.handlers.moved?.("a-4");
		time.pass(250);
		store.texts.set(key(store.texts, "chat"), "last.1000");
		expect((await keeping(store).join("chat")).below.start).toBe("now");
	});
});

describe("a store that answers by a promise", () => {
	function slowStore() {
		const asked: ((text: string | null) => void)[] = [];
		const set: string[] = [];
		const get = () => new Promise<string | null>((resolve) => asked.push(resolve));
		return { asked, writes: set, get, set: (_: string, value: string) => set.push(value) };
	}

	test("is waited for", async () => {
		const store = slowStore();
		const { joined, join } = keeping(store);
		await join("chat");
		expect(joined).toEqual([]);
		store.asked[0]?.("a-9");
		await settled();
		expect(joined.map(({ start }) => start)).toEqual(["a-9"]);
	});

	test("is not waited for where it is said where to begin", async () => {
		const { joined, join } = keeping(slowStore());
		await join("chat", "now");
		expect(joined).toHaveLength(1);
	});

	test("begins nothing for who has left meanwhile", async () => {
		const store = slowStore();
		const { time, joined, join } = keeping(store);
		const { leave } = await join("chat");
		leave();
		store.asked[0]?.("a-9");
		await settled();
		expect([joined, time.listeners, time.timers]).toEqual([[], 0, 0]);
	});

	test("that fails is as one that has nothing", async () => {
		const { joined, join } = keeping({ get: () => Promise.reject(new Error("No disk.")), set: () => undefined });
		await join("chat");
		expect(joined.map(({ start }) => start)).toEqual(["now"]);
	});
});

describe("what is written", () => {
	test("is what has been handled, four times a second at most", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		const { below } = await join("chat");
		below.handlers.begun?.("a-0");
		for (let i = 1; i <= 10; i++) {
			below.handlers.moved?.(`a-${i}`);
			time.pass(50);
		}
		expect(store.writes).toEqual(["a-5", "a-10"]);
	});

	test("is where the reader that is furthest behind has come to", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		const one = await join("chat", "a-0");
		const other = await join("chat", "a-0");
		one.below.handlers.moved?.("a-7");
		other.below.handlers.moved?.("a-5");
		time.pass(250);
		expect(store.writes).toEqual(["a-5"]);
		other.below.handlers.moved?.("a-9");
		time.pass(250);
		expect(store.writes).toEqual(["a-5", "a-7"]);
	});

	test("is where the others are when that one leaves, or is refused", async () => {
		for (const end of ["leave", "ended"] as const) {
			const store = quickStore();
			const { time, join } = keeping(store);
			const one = await join("chat");
			const slow = await join("chat");
			one.below.handlers.moved?.("a-7");
			slow.below.handlers.moved?.("a-5");
			if (end === "leave") slow.leave();
			else slow.below.handlers.ended(new HoldfastError("forbidden"));
			time.pass(250);
			expect(store.writes).toEqual(["a-7"]);
		}
	});

	test("is written at once when the page hides, which may be its end", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		(await join("chat")).below.handlers.moved?.("a-7");
		(await join("news")).below.handlers.moved?.("b-2");
		time.hint("change");
		expect(store.writes).toEqual([]);
		time.hint("hide");
		expect([store.writes, time.timers]).toEqual([["a-7", "b-2"], 0]);
		time.pass(1000);
		expect(store.writes).toHaveLength(2);
	});

	test("is written when the last reader leaves, and then no timer or listener is left", async () => {
		const store = quickStore();
		const { time, join } = keeping(store);
		const chat = await join("chat");
		const news = await join("news");
		chat.below.handlers.moved?.("a-7");
		chat.leave();
		expect(time.listeners).toBe(1);
		news.leave();
		expect([store.writes, time.timers, time.listeners]).toEqual([["a-7"], 0, 0]);
		expect([chat.below.left, news.below.left]).toEqual([true, true]);
	});
});

test("handlers are told all that they would be told without it", async () => {
	const told: string[] = [];
	const { join } = keeping();
	const handlers: Join = {
		message: ({ id }) => told.push(id),
		gap: ({ reason }) => told.push(reason),
		begun: (cursor) => told.push(`begun ${cursor}`),
		ended: ({ code }) => told.push(`ended ${code}`),
	};
	const { below } = await join("chat", "", handlers);
	below.handlers.begun?.("a-1");
	below.handlers.message({ id: "a-2", channel: "chat", data: 1, time: 0 });
	below.handlers.gap?.({ channel: "chat", after: "a-2", next: "a-5", reason: "expired" });
	below.handlers.ended(new HoldfastError("forbidden"));
	expect(told).toEqual(["begun a-1", "a-2", "expired", "ended forbidden"]);
});

test("where it cannot be known whose cursors they are, it is refused", () => {
	const about = { environment: new FakeTime().environment, url: "https://example.test", token: () => "t" };
	expect(() => keepCursors(quickStore())({} as Host, about)).toThrow(TypeError);
});
