import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { openDoor, type RedisClient } from "./door.ts";

/** A client whose answers a test gives. */
class StagedClient implements RedisClient {
	readonly asked: { readonly command: string; answer(value: unknown): void; fail(error: Error): void }[] = [];
	#closed: () => void = () => undefined;

	call(command: string): Promise<unknown> {
		if (command === "TIME") return Promise.resolve(["1", "0"]);
		return new Promise((answer, fail) => {
			this.asked.push({ command, answer, fail });
		});
	}

	on(event: string, listener: (...told: never[]) => void): void {
		if (event === "close") this.#closed = listener as () => void;
	}

	cut(): void {
		this.#closed();
	}

	ssubscribe = () => Promise.resolve();
	sunsubscribe = () => Promise.resolve();
	disconnect = () => undefined;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function stage(replicas = 0) {
	const client = new StagedClient();
	const clock = new ManualClock();
	return { client, clock, door: openDoor(client, clock, replicas) };
}

test("what Redis does not answer is given up, and asked for no more once too much waits", async () => {
	const { client, clock, door } = stage();
	const large = "x".repeat(1024 * 1024);
	const given = Array.from({ length: 70 }, () => door.change("append", [], [large]).catch((error) => String(error.cause)));
	await settled();
	const asked = client.asked.length;
	expect([asked > 60, asked < 64]).toEqual([true, true]);
	clock.advance(1500);
	const failures = await Promise.all(given);
	expect(failures.filter((text) => /in 1500 ms/.test(String(text)))).toHaveLength(asked);
	expect(failures.filter((text) => /asked before/.test(String(text)))).toHaveLength(70 - asked);

	for (const { fail } of client.asked) fail(new Error("The connection is gone."));
	await settled();
	const again = door.change("append", [], [large]);
	await settled();
	client.asked.at(-1)?.answer("stored");
	expect(await again).toBe("stored");
});

test("replicas are waited for once for all that has been answered, and behind it", async () => {
	const { client, door } = stage(1);
	const all = [1, 2, 3].map(() => door.changeForGood("append", [], []));
	await settled();
	expect(client.asked.map(({ command }) => command)).toEqual(["FCALL", "FCALL", "FCALL"]);
	client.asked[0]?.answer("first");
	await settled();
	client.asked[1]?.answer("second");
	client.asked[2]?.answer("third");
	await settled();
	expect(client.asked.slice(3).map(({ command }) => command)).toEqual(["WAIT"]);
	client.asked[3]?.answer(1);
	expect(await all[0]).toBe("first");
	await settled();
	expect(client.asked.slice(4).map(({ command }) => command)).toEqual(["WAIT"]);
	client.asked[4]?.answer(2);
	expect(await Promise.all(all)).toEqual(["first", "second", "third"]);
});

test("too few replicas, or others than those of the connection it was done over, are no promise", async () => {
	const { client, door } = stage(2);
	for (const trouble of ["few", "cut"] as const) {
		const changed = door.changeForGood("append", [], []);
		await settled();
		client.asked.at(-1)?.answer("stored");
		await settled();
		if (trouble === "cut") client.cut();
		client.asked.at(-1)?.answer(trouble === "few" ? 1 : 2);
		await expect(changed).rejects.toMatchObject({ code: "store_unavailable" });
	}
	const fine = door.changeForGood("append", [], []);
	await settled();
	client.asked.at(-1)?.answer("stored");
	await settled();
	client.asked.at(-1)?.answer(2);
	expect(await fine).toBe("stored");
});
