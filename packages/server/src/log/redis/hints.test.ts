import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import type { RedisClient } from "./door.ts";
import { listenForHints } from "./hints.ts";

/** A client that a test connects and cuts; what is under way then fails, as with a real one. */
class StagedClient implements RedisClient {
	readonly subscribed: string[] = [];
	readonly #listeners = new Map<string, (...told: never[]) => void>();
	fails = false;

	ssubscribe(channel: string): Promise<void> {
		this.subscribed.push(channel);
		return this.fails ? Promise.reject(new Error("Connection is closed.")) : Promise.resolve();
	}

	on(event: string, listener: (...told: never[]) => void): void {
		this.#listeners.set(event, listener);
	}

	tell(event: string, ...told: readonly string[]): void {
		this.#listeners.get(event)?.(...(told as never[]));
	}

	call = () => Promise.resolve();
	sunsubscribe = () => Promise.reject(new Error("Connection is closed."));
	disconnect = () => undefined;
}

function stage() {
	const clients: StagedClient[] = [];
	const open = () => {
		const client = new StagedClient();
		clients.push(client);
		return client;
	};
	const hints = listenForHints(open, "me", new ManualClock());
	return { hints, clients, first: clients[0] as StagedClient };
}

test("what is listened to is subscribed to over each new connection, and one that fails is nobody's to hold", async () => {
	const { hints, first } = stage();
	const heard: string[] = [];
	await hints.join("a", (text) => heard.push(text));
	await hints.join("b", () => undefined);
	hints.leave("b");
	first.fails = true;
	first.tell("ready");
	first.fails = false;
	first.tell("ready");
	await new Promise((resolve) => setImmediate(resolve));
	expect(first.subscribed).toEqual(["a", "b", "a", "a"]);
	first.tell("smessage", "a", "one");
	first.tell("smessage", "b", "two");
	expect(heard).toEqual(["one"]);
});

test("a subscription that fails is told, and is made with the next connection all the same", async () => {
	const { hints, first } = stage();
	first.fails = true;
	await expect(hints.join("a", () => undefined)).rejects.toMatchObject({ code: "store_unavailable" });
	first.fails = false;
	first.tell("ready");
	expect(first.subscribed).toEqual(["a", "a"]);
});

test("renewed, it listens over another connection to all that it listened to", async () => {
	const { hints, clients, first } = stage();
	await hints.join("a", () => undefined);
	await hints.renew();
	expect([clients.length, clients[1]?.subscribed, first.subscribed]).toEqual([2, ["a"], ["a"]]);
});
