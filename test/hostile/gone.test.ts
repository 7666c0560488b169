/** Clients that leave without a word, at the worst moment. */
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectNobody, expectUnharmed } from "./unharmed.ts";

let world: World;
/** Holds every decision back while it is set. */
let gate: Promise<void> | undefined;
beforeEach(async () => {
	gate = undefined;
	world = await startWorld({
		authorize: async () => {
			await gate;
			return true;
		},
	});
});
afterEach(async () => {
	await expectUnharmed(world);
	await world.close();
});

const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const path = "/v1/channels/a/messages";
const upgrade =
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

const requests = [
	["a long poll", get(`${path}?wait=50`)],
	["a long poll of a set", get("/v1/messages?channel=a&channel=b&wait=50")],
	["a stream", get(path, "Accept: text/event-stream\r\n")],
	["a WebSocket", get(path, upgrade)],
] as const;

describe.each(requests)("%s", (_, request) => {
	test("that is cut off leaves nothing behind", async () => {
		const raws = await Promise.all(Array.from({ length: 20 }, () => openRaw(world.port, request)));
		await expect.poll(total).toBe(20);
		for (const raw of raws) raw.close();
		await expectNobody(world, "a");
		await expect.poll(() => world.sockets.size, { timeout: 3000 }).toBeLessThanOrEqual(1);
	});

	test("that is cut off while its access is being decided leaves nothing behind", async () => {
		let open = (): void => undefined;
		gate = new Promise((resolve) => {
			open = resolve;
		});
		const raw = await openRaw(world.port, request);
		await new Promise((resolve) => setTimeout(resolve, 50));
		raw.close();
		await new Promise((resolve) => setTimeout(resolve, 50));
		open();
		await gate;
		await expect.poll(() => world.sockets.size, { timeout: 3000 }).toBe(0);
		await expectNobody(world, "a");
	});

	test("that is cut off as soon as it is sent leaves nothing behind", async () => {
		for (let i = 0; i < 20; i++) {
			const socket = connect(world.port, "127.0.0.1", () => socket.write(request, () => socket.resetAndDestroy()));
			socket.on("error", () => undefined);
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
		await expectNobody(world, "a");
	});

	test("whose client closes only its sending side is gone as well", async () => {
		const raw = await openRaw(world.port, request);
		await expect.poll(total).toBe(1);
		raw.socket.end();
		await raw.ended;
		await expectNobody(world, "a");
	});
});

test("a publish that is cut off in its body publishes nothing", async () => {
	const raw = await openRaw(world.port, `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf`);
	await new Promise((resolve) => setTimeout(resolve, 50));
	raw.close();
	await expect.poll(() => world.sockets.size).toBe(0);
	expect((await ask(`${world.origin}${path}?after=first`)).json.messages).toEqual([]);
});

test("an upgrade that is refused leaves no connection, whether its client closes or not", async () => {
	const bad = get(`${path}?after=x`, upgrade);
	const raws = await Promise.all(Array.from({ length: 5 }, () => openRaw(world.port, bad)));
	for (const raw of raws) {
		raw.socket.allowHalfOpen = true;
		await raw.until("bad_cursor");
	}
	// The server gives them 5 s to close by themselves.
	await expect.poll(() => world.sockets.size, { timeout: 10_000 }).toBe(0);
});

async function total(): Promise<number> {
	const { readers } = (await ask(`${world.origin}/v1/channels/a`)).json;
	return Object.values<number>(readers).reduce((sum, count) => sum + count, 0);
}
