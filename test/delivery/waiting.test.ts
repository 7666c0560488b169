/** Polls that wait. */
import type { World } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { publish, publishAll } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

interface Poll {
	readonly messages: readonly { readonly data: unknown; readonly id: string }[];
	readonly next: string;
	readonly more: boolean;
	readonly gap?: { readonly reason: string };
}

const path = "/v1/channels/chat/messages";

async function poll(world: World, query: string): Promise<Poll> {
	const answer = await world.request(`${path}?${query}`);
	expect(answer.status).toBe(200);
	return answer.json() as Poll;
}

async function longPolls(world: World): Promise<number> {
	const { readers } = (await world.request("/v1/channels/chat")).json() as { readers: { longPoll: number } };
	return readers.longPoll;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
	while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each(stores)("on $name", (store) => {
	test(
		"a wait that is over is empty, and its next is good: what is published afterwards follows it",
		inWorld(store, async (world) => {
			await publish(world, "chat", "old");
			const empty = await poll(world, "wait=1");
			expect(empty).toMatchObject({ messages: [], more: false });
			await publish(world, "chat", "new");
			const { messages } = await poll(world, `wait=20&after=${empty.next}`);
			expect(messages.map(({ data }) => data)).toEqual(["new"]);
		}),
	);

	test(
		"so is that of a wait on a channel never published to",
		inWorld(store, async (world) => {
			const empty = await poll(world, "wait=1");
			await publish(world, "chat", "first");
			const { messages, gap } = await poll(world, `wait=20&after=${empty.next}`);
			expect(messages.map(({ data }) => data)).toEqual(["first"]);
			expect(gap).toBeUndefined();
		}),
	);

	test(
		"a wait ends with what is published, and is not held for more",
		inWorld(store, async (world) => {
			const waiting = poll(world, "wait=20&after=now");
			await until(async () => (await longPolls(world)) === 1);
			const { id } = await publish(world, "chat", "now");
			expect(await waiting).toMatchObject({ messages: [{ data: "now", id }], next: id, more: false });
		}),
	);

	test(
		"a wait with something to tell is answered at once: messages, or a gap alone",
		inWorld(store, async (world) => {
			const { id } = await publish(world, "chat", "here");
			expect((await poll(world, "wait=20&after=first")).messages).toHaveLength(1);
			expect(await poll(world, "wait=20&after=foreign1-4")).toMatchObject({ gap: { reason: "reset" } });
			const [epoch] = id.split("-");
			expect(await poll(world, `wait=20&after=${epoch}-99`)).toMatchObject({
				messages: [],
				gap: { reason: "unknown" },
				next: id,
			});
		}),
	);

	test(
		"a removed channel ends the waits on it",
		inWorld(store, async (world) => {
			await publish(world, "chat", "old");
			const waiting = poll(world, "wait=20");
			await until(async () => (await longPolls(world)) === 1);
			await world.request("/v1/channels/chat", { method: "DELETE" });
			expect(await waiting).toMatchObject({ messages: [], gap: { reason: "reset" } });
		}),
	);

	test(
		"waits at one cursor with different limits get each as many as they asked for, and the rest next",
		inWorld(store, async (world) => {
			const { next } = await poll(world, "");
			const waiting = [1, 2, 100].map((limit) => poll(world, `wait=20&limit=${limit}&after=${next}`));
			await until(async () => (await longPolls(world)) === 3);
			const items = ["a", "b", "c"].map((data) => ({ channel: "chat", data }));
			const headers = { "Content-Type": "application/json" };
			await world.request("/v1/messages", { method: "POST", headers, body: JSON.stringify(items) });
			const answers = await Promise.all(waiting);
			expect(answers.map(({ messages }) => messages.map(({ data }) => data))).toEqual([["a"], ["a", "b"], ["a", "b", "c"]]);
			expect(answers.map(({ more }) => more)).toEqual([true, true, false]);
			const rest = await poll(world, `after=${answers[0]?.next}`);
			expect(rest.messages.map(({ data }) => data)).toEqual(["b", "c"]);
		}),
	);

	test(
		"a wait whose client has gone leaves its place at once, and takes no message with it",
		inWorld(store, async (world) => {
			const gone = new AbortController();
			const waiting = world.request(`${path}?wait=20`, { signal: gone.signal }).catch(() => "gone");
			await until(async () => (await longPolls(world)) === 1);
			const { next } = await poll(world, "");
			gone.abort();
			expect(await waiting).toBe("gone");
			await until(async () => (await longPolls(world)) === 0);
			await publish(world, "chat", "kept");
			expect((await poll(world, `after=${next}`)).messages.map(({ data }) => data)).toEqual(["kept"]);
		}),
	);

	test(
		"a short poll with the tag of the last answer is 304 while there is nothing new, and the tag is no cursor",
		inWorld(store, async (world) => {
			const { id } = await publish(world, "chat", "old");
			const tagged = { headers: { "If-None-Match": `"${id}"` } };
			expect((await world.request(`${path}?after=${id}`, tagged)).status).toBe(304);
			expect((await world.request(`${path}?after=first`, tagged)).status).toBe(200);
			await publishAll(world, "chat", ["new"]);
			const answer = await world.request(`${path}?after=${id}`, tagged);
			expect((answer.json() as Poll).messages.map(({ data }) => data)).toEqual(["new"]);
		}),
	);
});
