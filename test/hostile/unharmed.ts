import { expect } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import type { World } from "../support/world.ts";

/** The server goes on: it publishes, delivers in all four ways, and nothing went wrong that no client caused. */
export async function expectUnharmed(world: World): Promise<void> {
	const url = `${world.origin}/v1/channels/unharmed/messages`;
	const [stream, socket] = [await openEvents(url), await openSocket(url)];
	await stream.take(2);
	await socket.take(2);
	const waiting = ask(`${url}?wait=10`);
	const readers = async () => (await ask(`${world.origin}/v1/channels/unharmed`)).json.readers;
	await expect.poll(readers).toMatchObject({ longPoll: 1, sse: 1, websocket: 1 });
	const { status, json } = await ask(url, { body: { fine: true } });
	expect(status).toBe(201);
	expect((await waiting).json.messages).toMatchObject([{ id: json.id }]);
	expect(await stream.next()).toMatchObject({ id: json.id });
	expect(await socket.next()).toMatchObject({ id: json.id });
	expect((await ask(`${url}?last=1`)).json.messages).toMatchObject([{ id: json.id, data: { fine: true } }]);
	stream.close();
	socket.close();
	await expectNobody(world, "unharmed");
	expect(world.faults).toEqual([]);
}

/** No reader of the channel is left. */
export async function expectNobody(world: World, channel: string): Promise<void> {
	const readers = async () => (await ask(`${world.origin}/v1/channels/${channel}`)).json.readers;
	await expect.poll(readers, { timeout: 3000 }).toEqual({ poll: 0, longPoll: 0, sse: 0, websocket: 0 });
}
