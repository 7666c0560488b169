/** The built command on a Redis that goes away, as readers of every transport see it. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Events, openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { makeCertificate } from "../support/proxies.ts";
import { quickest } from "../support/quickest.ts";
import { freePort, type RunningRedis, startRedis } from "../support/redis.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { type Client, openSocket } from "../support/socket.ts";

const path = "/v1/channels/chat/messages";
let redis: RunningRedis;
let here: RunningServer;
let there: RunningServer;

beforeAll(async () => {
	redis = await startRedis();
	const args = ["--redis", redis.url];
	[here, there] = await Promise.all([startServer({ args }), startServer({ args })]);
});

afterAll(async () => {
	for (const server of [here, there]) await server.kill();
	await redis.close();
});

const publish = (server: RunningServer, body: unknown) => ask(server.url + path, { method: "POST", body });
const ready = async (server: RunningServer) => (await ask(`${server.url}/readyz`)).status;

/** What comes next that is no message. */
async function nextOf(events: Events, socket: Client): Promise<readonly [string | undefined, string]> {
	const [block, frame] = await Promise.all([events.next(), socket.next()]);
	return [block?.event, frame.op];
}

test("readers stay while Redis stands still, are told within 15 s, and have everything when they are told that it is back", async () => {
	const events = await openEvents(here.url + path);
	const socket = await openSocket(here.url + path);
	await Promise.all([events.take(2), socket.take(2)]);
	const { json: first } = await publish(there, ["first"]);
	await Promise.all([events.take(1), socket.take(1)]);
	const poll = ask(`${here.url}${path}?wait=50&after=${first.id}`);
	expect([await ready(here), await ready(there)]).toEqual([200, 200]);

	redis.pause();
	const begun = Date.now();
	const stale = Promise.all([nextOf(events, socket), poll]).then(([told, { json }]) => ({ told, json, ms: Date.now() - begun }));
	const refused = await quickest(2000, async () => {
		const { status, headers, json } = await publish(there, ["not stored"]);
		expect([status, json.code, Number(headers["retry-after"]) > 0]).toEqual([503, "store_unavailable", true]);
	});
	expect(refused).toBeLessThan(2000);
	const { told, json: page, ms } = await stale;
	expect(told).toEqual(["$stale", "stale"]);
	expect(page).toMatchObject({ messages: [], next: first.id, stale: true });
	expect(ms).toBeLessThan(15_000);
	expect(await ready(here)).toBe(503);
	expect((await ask(`${here.url}/livez`)).status).toBe(200);

	redis.resume();
	expect(await nextOf(events, socket)).toEqual(["$fresh", "fresh"]);
	await expect.poll(() => ready(there), { timeout: 10_000 }).toBe(200);
	const { json: second } = await publish(there, ["second"]);
	const [block, frame] = await Promise.all([events.next(), socket.next()]);
	expect([block?.id, frame.id]).toEqual([second.id, second.id]);
	const { json: all } = await ask(`${here.url}${path}?after=first`);
	expect(all.messages.map(({ data }: { data: unknown }) => data)).toEqual([["first"], ["second"]]);
	events.close();
	socket.close();
}, 60_000);

describe("over TLS", () => {
	const folder = temporaryFolder();
	const [cert, key] = ["cert.pem", "key.pem"].map((name) => `${folder.path}/${name}`) as [string, string];
	const env = { NODE_EXTRA_CA_CERTS: cert };
	const user = ["--user", "ann", "on", ">p@ss", "~*", "&*", "+@all"];
	const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"];
	let secured: RunningRedis;
	let port: number;

	beforeAll(async () => {
		makeCertificate(folder.path);
		port = await freePort();
		secured = await startRedis("--tls-port", `${port}`, ...files, ...user);
	});

	afterAll(async () => {
		await secured.close();
		folder.remove();
	});

	test("a Redis is reached by name and password; a certificate that nobody trusts is refused", async () => {
		const args = ["--redis", `rediss://ann:p%40ss@127.0.0.1:${port}`];
		await expect(startServer({ args })).rejects.toThrow(/ended with 4.*\nholdfast: Redis cannot be reached: .*certificate/s);
		const server = await startServer({ args, env });
		expect((await publish(server, ["over TLS"])).status).toBe(201);
		expect(server.lines.join("\n")).not.toContain("p%40ss");
		await server.kill();
	});

	test("so are Sentinels, and what they name: nothing is said in the clear", async () => {
		const config = `${folder.path}/sentinel.conf`;
		writeFileSync(config, `sentinel monitor main 127.0.0.1 ${port} 1\n`);
		const sentinelPort = await freePort();
		const sentinel = await startRedis(
			config,
			"--sentinel",
			"--tls-port",
			`${sentinelPort}`,
			"--tls-replication",
			"yes",
			...files,
		);
		const server = await startServer({ args: ["--redis", `rediss+sentinel://ann:p%40ss@127.0.0.1:${sentinelPort}/main`], env });
		expect((await publish(server, ["over TLS"])).status).toBe(201);
		const named = async () => {
			const clients = String(await secured.client.call("CLIENT", "LIST")).split("\n");
			return clients.filter((line) => line.includes("user=ann") && line.includes(`laddr=127.0.0.1:${port}`)).length;
		};
		await expect.poll(named).toBe(2);
		// The port of the Sentinel that speaks without TLS.
		const plain = ["--redis", `rediss+sentinel://ann:p%40ss@127.0.0.1:${sentinel.port}/main`];
		await expect(startServer({ args: plain, env })).rejects.toThrow(/cannot be reached/);
		await server.kill();
		await sentinel.close();
	});
});
