/** Rights that a server of the operator's decides. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHoldfast, type RightsOptions } from "@holdfast/server";
import { afterEach, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { startWorld } from "../support/world.ts";

const path = "/v1/channels/chat.a/messages";
const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

interface Asked {
	readonly headers: IncomingMessage["headers"];
	readonly body: Record<string, unknown>;
}

type Reply = (response: ServerResponse, asked: Asked) => void;

async function start(reply: Reply, more: Partial<RightsOptions> = {}, timeout?: number) {
	const asked: Asked[] = [];
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		asked.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
		reply(response, asked.at(-1) as Asked);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/may`;
	const world = await startWorld({ rights: { hook: { url, ...(timeout === undefined ? {} : { timeout }) }, ...more } });
	ends.push(async () => {
		await world.close();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { world, asked };
}

const say =
	(answer: object, headers: Record<string, string> = {}): Reply =>
	(response) =>
		void response.writeHead(200, headers).end(JSON.stringify(answer));

test("it is asked who wants what, with the client's credentials, and names the user", async () => {
	const { world, asked } = await start(say({ allow: true, from: "ann" }));
	const headers = { Authorization: "Bearer opaque", Cookie: "session=1" };
	expect((await ask(world.origin + path, { body: 1, headers })).status).toBe(201);
	expect(asked[0]?.body).toEqual({ channel: "chat.a", action: "publish", address: "127.0.0.1" });
	expect(asked[0]?.headers).toMatchObject({
		authorization: "Bearer opaque",
		cookie: "session=1",
		"content-type": "application/json",
	});
	const { json } = await ask(`${world.origin}${path}?after=first`);
	expect(json.messages[0].from).toBe("ann");
});

test("its answer holds for as long as it says, and the same question is asked once at a time", async () => {
	const { world, asked } = await start(say({ allow: true }, { "Cache-Control": "private, max-age=60" }));
	const all = await Promise.all(Array.from({ length: 20 }, () => ask(world.origin + path)));
	expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
	await ask(world.origin + path);
	expect(asked).toHaveLength(1);
	await ask(world.origin + path, { headers: { Authorization: "Bearer another" } });
	await ask(`${world.origin}/v1/channels/chat.b/messages`);
	expect(asked).toHaveLength(3);
});

test("an answer without a time is asked for each time", async () => {
	const { world, asked } = await start(say({ allow: true }));
	for (let i = 0; i < 3; i++) await ask(world.origin + path);
	expect(asked).toHaveLength(3);
});

test("a stream is asked for again when its time is over, and ends where it is taken back", async () => {
	let allow = true;
	const { world } = await start((response) => say({ allow }, { "Cache-Control": "max-age=1" })(response, {} as Asked));
	const stream = await openEvents(world.origin + path, { Authorization: "Bearer x" });
	await stream.take(2);
	allow = false;
	expect(await stream.next()).toMatchObject({ event: "$bye", data: '{"reason":"forbidden"}' });
});

test.each<[string, Reply, number, string]>([
	["no", say({ allow: false }), 401, "unauthorized"],
	["403", (response) => void response.writeHead(403).end(), 401, "unauthorized"],
	["a failure", (response) => void response.writeHead(500).end(), 503, "overloaded"],
	["nonsense", (response) => void response.writeHead(200).end("yes"), 503, "overloaded"],
	["neither yes nor no", say({ allow: "yes" }), 503, "overloaded"],
	["another place", (response) => void response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(), 503, "overloaded"],
	["too much", say({ allow: true, more: "x".repeat(20_000) }), 503, "overloaded"],
	["nothing", () => undefined, 503, "overloaded"],
])("where it answers %s nothing is allowed", async (_, reply, status, code) => {
	const { world } = await start(reply, {}, 300);
	const answer = await ask(world.origin + path);
	expect([answer.status, answer.json.code]).toEqual([status, code]);
	// Who sent something is not asked for it again.
	const known = await ask(world.origin + path, { headers: { Authorization: "Bearer x" } });
	expect(known.status).toBe(status === 401 ? 403 : 503);
});

test("it is not asked for what is public, nor for administration", async () => {
	const { world, asked } = await start(say({ allow: true }), { public: { read: ["news"] } });
	expect((await ask(`${world.origin}/v1/channels/news/messages`)).status).toBe(200);
	expect((await ask(`${world.origin}/v1/channels`)).status).toBe(401);
	expect((await ask(`${world.origin}/v1/channels/$tickets/messages`)).status).toBe(401);
	expect(asked).toHaveLength(0);
});

test.each([[{ url: "ftp://a" }], [{ url: "nothing" }], [{ url: "http://a", timeout: 1 }]])("%j is told at the start", (hook) => {
	expect(() => createHoldfast({ rights: { hook } })).toThrow(/hook/);
});
