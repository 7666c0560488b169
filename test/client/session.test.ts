/** The client against a real server: what it does besides delivering, and what it leaves. */
import { connect, HoldfastError, realEnvironment } from "@holdfast/client";
import { open } from "@holdfast/client/simple";
import { memoryLog } from "@holdfast/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { World } from "../../packages/server/src/testing/index.ts";

const transports = ["websocket", "sse", "long-poll"] as const;

let world: World;
let url: string;
const closing: { close(): void }[] = [];

beforeEach(async () => {
	world = await World.start(memoryLog(), { authorize: (_, channel) => channel !== "secret", drainTime: 0 });
	url = `http://${world.host}:${world.port}`;
});

afterEach(async () => {
	for (const one of closing.splice(0)) one.close();
	await world.close();
});

function client(...[address, options]: Parameters<typeof connect>): ReturnType<typeof connect> {
	const holdfast = connect(address, options);
	closing.push(holdfast);
	return holdfast;
}

const until = (done: () => unknown) => vi.waitFor(done, { timeout: 8000, interval: 10 });
const publish = (channel: string, data: unknown) => world.holdfast.publish(channel, data);

describe.each(transports)("over %s", (transport) => {
	test("channels share one connection, and come and go without a loss or a repeat", async () => {
		const holdfast = client(url, { transports: [transport] });
		const got: Record<string, unknown[]> = { a: [], b: [], c: [] };
		const follow = (name: string) =>
			new Promise<() => void>((resolve) => {
				const off = holdfast.channel(name).subscribe((message) => got[name]?.push(message.data), { onBegin: () => resolve(off) });
			});
		await follow("a");
		const leaveB = await follow("b");
		for (let i = 0; i < 60; i++) {
			await publish("a", i);
			await publish("b", i);
			if (i === 20) leaveB();
			if (i === 40) await follow("c");
		}
		await publish("c", "last");
		await until(() => expect([got["a"]?.length, got["c"]]).toEqual([60, ["last"]]));
		expect(got["a"]).toEqual(Array.from({ length: 60 }, (_, i) => i));
		expect(got["b"]).toEqual(Array.from({ length: got["b"]?.length ?? 0 }, (_, i) => i));
		// A client of polls asks over a connection that may be another one each time, but one after the other.
		expect(world.sockets.size).toBeLessThanOrEqual(transport === "websocket" ? 1 : 3);
	});

	test("a channel that is not allowed ends with the reason, and the others go on", async () => {
		const holdfast = client(url, { transports: [transport] });
		const got: unknown[] = [];
		const ended = new Promise<HoldfastError>((onEnd) => holdfast.channel("secret").subscribe(() => undefined, { onEnd }));
		await new Promise<void>((resolve) => {
			holdfast.channel("chat").subscribe(({ data }) => got.push(data), { onBegin: () => resolve() });
		});
		expect(await ended).toMatchObject({ code: "forbidden", channel: "secret" });
		await publish("chat", "on");
		await until(() => expect(got).toEqual(["on"]));
	});

	test("a slow handler is waited for, in order, and no more is read than there is room for", async () => {
		for (let i = 0; i < 1800; i++) await publish("chat", i);
		const holdfast = client(url, { transports: [transport] });
		const got: unknown[] = [];
		const take = async ({ data }: { data: unknown }) => {
			if (got.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
			got.push(data);
		};
		holdfast.channel("chat").subscribe(take, { after: "first" });
		await until(() => expect(got.length).toBe(1800));
		expect(got).toEqual(Array.from({ length: 1800 }, (_, i) => i));
	});

	test("a new subscription of a channel whose reader is slow begins at once", async () => {
		for (let i = 0; i < 700; i++) await publish("chat", i);
		const chat = client(url, { transports: [transport] }).channel("chat");
		let go = (): void => undefined;
		const gate = new Promise<void>((resolve) => {
			go = resolve;
		});
		const slow: unknown[] = [];
		const take = ({ data }: { data: unknown }) => {
			slow.push(data);
			return gate;
		};
		chat.subscribe(take, { after: "first" });
		await until(() => expect(slow.length).toBe(1));
		const quick: unknown[] = [];
		await new Promise<void>((resolve) => {
			chat.subscribe(({ data }) => quick.push(data), { after: "now", onBegin: () => resolve() });
		});
		await publish("chat", 700);
		await until(() => expect(quick.at(-1)).toBe(700));
		go();
		await until(() => expect(slow.length).toBe(701));
		expect(slow).toEqual(Array.from({ length: 701 }, (_, i) => i));
	});

	test("one channel too many ends with the reason, and the others go on", async () => {
		await world.restart(memoryLog());
		const holdfast = client(url, { transports: [transport] });
		const ended: string[] = [];
		const begun: string[] = [];
		for (let i = 0; i < 129; i++) {
			const name = `c${i}`;
			const onEnd = ({ code }: HoldfastError) => ended.push(`${name} ${code}`);
			holdfast.channel(name).subscribe(() => undefined, { onEnd, onBegin: () => begun.push(name) });
		}
		await until(() => expect([begun.length, ended]).toEqual([128, ["c128 bad_request"]]));
	});

	test("a second subscription from the beginning does not disturb the first", async () => {
		for (let i = 0; i < 5; i++) await publish("chat", i);
		const chat = client(url, { transports: [transport] }).channel("chat");
		const first: unknown[] = [];
		const second: unknown[] = [];
		await new Promise<void>((resolve) => {
			chat.subscribe(({ data }) => first.push(data), { onBegin: () => resolve() });
		});
		await publish("chat", 5);
		chat.subscribe(({ data }) => second.push(data), { after: "first" });
		await until(() => expect(second.length).toBe(6));
		await publish("chat", 6);
		await until(() =>
			expect([first, second]).toEqual([
				[5, 6],
				[0, 1, 2, 3, 4, 5, 6],
			]),
		);
	});

	test("it goes on after the server has been restarted, and what was published meanwhile is stored once", async () => {
		const log = memoryLog();
		await world.restart(log);
		const holdfast = client(url, { transports: [transport] });
		const chat = holdfast.channel("chat");
		const got: unknown[] = [];
		await new Promise<void>((resolve) => {
			chat.subscribe(({ data }) => got.push(data), { onBegin: () => resolve() });
		});
		await chat.publish("before");
		const restarted = world.restart(log);
		const stored = await Promise.all([chat.publish("a"), chat.publish("b"), restarted]);
		expect(stored[0]?.id).not.toBe(stored[1]?.id);
		await until(() => expect(got).toEqual(["before", "a", "b"]));
	});

	test("closed, it leaves no reader, connection, timer or listener", async () => {
		const timers = new Set<() => void>();
		let listening = 0;
		const environment = {
			...realEnvironment,
			after(ms: number, run: () => void) {
				const cancel = realEnvironment.after(ms, () => {
					timers.delete(cancel);
					run();
				});
				timers.add(cancel);
				return () => {
					timers.delete(cancel);
					cancel();
				};
			},
			hints() {
				listening++;
				return () => void listening--;
			},
		};
		const holdfast = client(url, { transports: [transport], environment });
		const chat = holdfast.channel("chat");
		await new Promise<void>((resolve) => {
			chat.subscribe(() => undefined, { onBegin: () => resolve() });
		});
		await chat.publish("x");
		expect([listening, timers.size > 0]).toEqual([1, true]);
		holdfast.close();
		expect([listening, timers.size, holdfast.state]).toEqual([0, 0, "closed"]);
		await until(async () => {
			const { readers } = (await world.request("/v1/channels/chat")).json() as { readers: Record<string, number> };
			expect(Object.values(readers).every((count) => count === 0)).toBe(true);
		});
	});
});

test("what does not fit the schema goes to onInvalid, and never to the handler", async () => {
	const schema = {
		"~standard": {
			version: 1 as const,
			vendor: "test",
			validate: (value: unknown) => (typeof value === "number" ? { value } : { issues: [{ message: "no number" }] }),
		},
	};
	const invalid: unknown[] = [];
	const numbers = client(url).channel<number>("n", {
		schema,
		onInvalid: ({ data }, issues) => invalid.push([data, issues.length]),
	});
	const got: number[] = [];
	await new Promise<void>((resolve) => {
		numbers.subscribe(({ data }) => got.push(data), { onBegin: () => resolve() });
	});
	for (const data of [1, "two", 3]) await publish("n", data);
	await until(() => expect(got).toEqual([1, 3]));
	expect(invalid).toEqual([["two", 1]]);
});

test("messages() hands them on one by one, and ends with its signal", async () => {
	for (let i = 0; i < 5; i++) await publish("chat", i);
	const stop = new AbortController();
	const got: unknown[] = [];
	for await (const { data } of client(url).channel("chat").messages({ after: "first", signal: stop.signal })) {
		got.push(data);
		if (data === 3) stop.abort();
	}
	expect(got).toEqual([0, 1, 2, 3]);
	await expect(async () => {
		for await (const _ of client(url).channel("secret").messages());
	}).rejects.toMatchObject({ code: "forbidden" });
});

test("a publish that is refused is not tried again, and one that cannot be sent is given up in time", async () => {
	const holdfast = client(url);
	await expect(holdfast.channel("secret").publish(1)).rejects.toMatchObject({ code: "forbidden" });
	const nowhere = client("http://127.0.0.1:1");
	await expect(nowhere.channel("chat").publish(1, { timeout: 200 })).rejects.toMatchObject({ code: "timed_out" });
	const full = client("http://127.0.0.1:1", { outbox: 1 });
	const waiting = full.channel("chat").publish(1);
	await expect(full.channel("chat").publish(2)).rejects.toMatchObject({ code: "outbox_full" });
	full.close();
	await expect(waiting).rejects.toBeInstanceOf(HoldfastError);
});

test("with cursors kept, the next page goes on where this one left, and another user does not", async () => {
	const kept = new Map<string, string>();
	const persist = { get: (key: string) => kept.get(key), set: (key: string, value: string) => void kept.set(key, value) };
	const visit = async (token: string, count: number) => {
		const holdfast = client(url, { token, persist });
		const got: unknown[] = [];
		await new Promise<void>((resolve) => {
			holdfast.channel("chat").subscribe(({ data }) => got.push(data), { onBegin: () => resolve() });
		});
		if (count > 0) await publish("chat", `while ${token} reads`);
		await until(() => expect(got.length).toBe(count));
		holdfast.close();
		return got;
	};
	await visit("ann", 1);
	await publish("chat", "while nobody reads");
	await visit("bob", 0);
	expect(await visit("ann", 2)).toEqual(["while nobody reads", "while ann reads"]);
	expect(() => connect(url, { token: async () => "ann", persist: "local" })).toThrow(TypeError);
});

test("a script opens, sends, receives and closes", async () => {
	const socket = await open<string>(url, "chat");
	closing.push(socket);
	await socket.send("hello");
	expect((await socket.receive({ timeout: 2000 })).data).toBe("hello");
	await expect(socket.receive({ timeout: 30 })).rejects.toMatchObject({ code: "timed_out" });
	await socket.send("after the wait");
	expect((await socket.receive({ timeout: 2000 })).data).toBe("after the wait");
	socket.close();
	await expect(socket.receive({ timeout: 2000 })).rejects.toMatchObject({ code: "closed" });
	await expect(open(url, "secret")).rejects.toMatchObject({ code: "forbidden" });
});
