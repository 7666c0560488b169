/** More of everything than is allowed: who is too many is told, and there is room again when others leave. */
import { afterEach, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectUnharmed } from "./unharmed.ts";

let world: World;
afterEach(async () => {
	await expectUnharmed(world);
	await world.close();
});

const path = "/v1/channels/a/messages";
const accept = { Accept: "text/event-stream" };

test.each([
	["connections", { maxConnections: 4 }, "overloaded", 503, "overload"],
	["connections of one address", { maxConnectionsPerIp: 4 }, "rate_limited", 429, "rate"],
] as const)(
	"one more than the %s is refused in every way, and has room when one leaves",
	async (_, options, code, status, reason) => {
		world = await startWorld(options);
		const url = world.origin + path;
		const full = { protocol: "holdfast.v1" };
		const waiting = ask(`${url}?wait=50`);
		const held = [await openEvents(url), await openSocket(url), await openSocket(`${world.origin}/v1/socket`, full)];
		await expect.poll(async () => (await ask(`${world.origin}/v1/channels/a`)).json.readers.longPoll).toBe(1);
		for (const answer of [
			await ask(`${url}?wait=9`),
			await ask(`${world.origin}/v1/messages?channel=a&wait=9`),
			await refusedSocket(url),
			await refusedSocket(`${world.origin}/v1/socket`, full),
		]) {
			expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
			expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
		}
		expect((await ask(url, { headers: accept })).text).toContain(`"reason":"${reason}"`);
		// Who asks once and goes takes no place.
		expect((await ask(url)).status).toBe(200);
		expect((await ask(url, { body: {} })).status).toBe(201);
		await waiting;

		for (const open of [() => openEvents(url), () => openSocket(url), () => openSocket(`${world.origin}/v1/socket`, full)]) {
			held.push(await open());
			expect((await ask(`${url}?wait=9`)).status).toBe(status);
			held.shift()?.close();
			await expect.poll(async () => (await ask(`${url}?last=1&wait=1`)).status).toBe(200);
		}
		for (const one of held) one.close();
	},
);

test("a flood of publishes on one connection is held back, and another connection is not", async () => {
	world = await startWorld({ publishRate: 10 });
	const flooding = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await flooding.next();
	for (let ref = 0; ref < 1000; ref++) flooding.send({ op: "publish", ref, channel: "a", data: ref });
	const told = await flooding.take(1000);
	const kept = told.filter(({ op }) => op === "ok").length;
	expect(told.filter(({ code }) => code === "rate_limited").length).toBe(1000 - kept);
	expect(kept).toBeGreaterThanOrEqual(10);
	expect(kept).toBeLessThan(100);
	expect((await ask(world.origin + path, { body: {} })).status).toBe(201);
	// One for each tenth of a second that has passed.
	await new Promise((resolve) => setTimeout(resolve, 250));
	flooding.send({ op: "publish", ref: 1, channel: "a", data: "later" });
	expect((await flooding.next()).op).toBe("ok");
	flooding.close();
	const plain = await openSocket(world.origin + path);
	for (let n = 0; n < 1000 && plain.socket.readyState === plain.socket.OPEN; n++) plain.send("x");
	expect((await plain.closed).code).toBe(4029);
});
