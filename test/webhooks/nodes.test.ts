/** The built command with webhooks: killed between a publish and its event's way out, and as two nodes over Redis. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type RunningRedis, startRedis } from "../support/redis.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";

const secret = "a secret of some length";
const env = { HOOK_SECRET: secret };
const folder = temporaryFolder();
let redis: RunningRedis;
let receiver: Receiver;

beforeAll(async () => {
	[redis, receiver] = await Promise.all([startRedis(), startReceiver(Buffer.from(secret))]);
	writeFileSync(`${folder.path}/said.json`, '{ "type": ["object", "number"] }');
	const webhooks = [{ url: receiver.url, secret: "env:HOOK_SECRET", events: ["message.published"] }];
	writeFileSync(`${folder.path}/holdfast.json`, JSON.stringify({ webhooks, schemas: { "*": "said.json" } }));
});

afterAll(async () => {
	receiver.close();
	await redis.close();
	folder.remove();
});

const start = (...args: string[]) => startServer({ args: ["--config", `${folder.path}/holdfast.json`, ...args], env });

async function publish(server: RunningServer, from: number, to: number): Promise<number[]> {
	const numbers = Array.from({ length: to - from }, (_, i) => from + i);
	for (const body of numbers) {
		expect((await ask(`${server.url}/v1/channels/chat/messages`, { body })).status).toBe(201);
	}
	return numbers;
}

const received = () => receiver.events.map(({ data }) => data as number);
/** What has come, each once, in the order of its first coming. */
const distinct = () => [...new Set(received())];
const soon = { timeout: 40_000, interval: 100 };

test("a server that is killed has told of everything that it acknowledged, when it is back", async () => {
	const server = await start("--data", `${folder.path}/data`);
	const first = await publish(server, 0, 5);
	await expect.poll(distinct, soon).toEqual(first);
	receiver.status = 500;
	const second = await publish(server, 5, 25);
	await server.kill();
	receiver.status = 200;
	await server.restart();
	await expect.poll(distinct, soon).toEqual([...first, ...second]);
	const refused = await ask(`${server.url}/v1/channels/chat/messages`, { body: ["no number"] });
	expect([refused.status, refused.json.code]).toEqual([422, "schema_mismatch"]);
	expect(await server.kill("SIGTERM")).toBe(0);
	expect(server.errors.join("\n")).toMatch(/webhook failed \(127\.0\.0\.1:\d+\): answered 500; again in \d s/);
	expect(server.errors.join("\n")).not.toContain("secret");
}, 90_000);

test("of two nodes one sends, each event once; when it is killed the other goes on", async () => {
	const [here, there] = await Promise.all([start("--redis", redis.url), start("--redis", redis.url)]);
	const before = received().length;
	const mine = () => received().slice(before);
	// Longer than a turn, from both.
	const begun = Date.now();
	const numbers: number[] = [];
	for (let i = 100; Date.now() - begun < 7000; i++) {
		numbers.push(...(await publish(i % 2 === 0 ? here : there, i, i + 1)));
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	await expect.poll(mine, soon).toEqual(numbers);

	// One of the two kills is that of the sender; with the receiver away, it dies with events under way.
	for (const [dying, living, at] of [[here, there, 1000] as const, [there, here, 2000] as const]) {
		receiver.status = 500;
		numbers.push(...(await publish(dying, at, at + 10)));
		await dying.kill();
		receiver.status = 200;
		numbers.push(...(await publish(living, at + 10, at + 20)));
		await expect.poll(() => [...new Set(mine())], soon).toEqual(numbers);
		await dying.restart();
	}
	await Promise.all([here.kill(), there.kill()]);
}, 120_000);

test("a mistake in the config file is told in one line, and ends the command with 2", async () => {
	const wrong = async (settings: object) => {
		writeFileSync(`${folder.path}/wrong.json`, JSON.stringify(settings));
		const failed = startServer({ args: ["--memory", "--config", `${folder.path}/wrong.json`] });
		return String(await failed.catch((error: unknown) => error));
	};
	const hook = { url: receiver.url, secret };
	const unset = await wrong({ webhooks: [{ ...hook, secret: "env:NOT_SET" }] });
	expect(unset).toMatch(/ended with 2 .*\nholdfast: "webhooks" takes a secret from NOT_SET, which is not set$/);
	expect(await wrong({ webhooks: [{ ...hook, url: "ftp://x" }] })).toMatch(/ended with 2 .*\nholdfast: webhooks\[0\] has a url/);
	expect(await wrong({ webhooks: hook })).toMatch(/"webhooks" in wrong.json takes a list of objects with url and secret/);
	expect(await wrong({ schemas: { chat: "missing.json" } })).toMatch(
		/ended with 2 .*\nholdfast: cannot read the schema .*missing/,
	);
	expect(await wrong({ schemas: { chat: { typ: "x" } } })).toMatch(/schemas\["chat"\] cannot be used: .*unknown keyword: "typ"/);
}, 90_000);
