/** Behind a proxy that caches and logs: users are never mixed, and no secret is left lying about. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { subprotocol } from "@holdfast/protocol";
import { hashApiKey } from "@holdfast/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type RunningProxy, startProxy } from "../support/proxies.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { sign } from "./issuer.ts";

const secret = randomBytes(32).toString("hex");
const key = `hf_${randomBytes(32).toString("base64url")}`;
const folder = temporaryFolder();
const accessLog = join(folder.path, "access.log");

/** A cache for everybody, on the first port as the answers ask for, on the second past what they ask. */
const config = (port: number, obeying: boolean, upstream: string, cache: string) => `
worker_processes 1;
events { worker_connections 256; }
http {
	proxy_cache_path ${cache} keys_zone=all:1m;
	log_format whole '$request_method $request_uri $status $http_referer $http_user_agent';
	map $http_upgrade $connection_header { default upgrade; "" ""; }
	server {
		listen 127.0.0.1:${port};
		access_log ${accessLog} whole;
		location / {
			proxy_pass http://${upstream};
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_header;
			proxy_set_header Host $http_host;
			proxy_cache all;
			proxy_cache_key "$request_method $request_uri";
			proxy_cache_valid any 10m;
			${obeying ? "" : "proxy_ignore_headers Cache-Control Vary Expires;"}
			add_header X-Cache $upstream_cache_status always;
		}
	}
}`;

let server: RunningServer;
let obeying: RunningProxy;
let careless: RunningProxy;
let ann: string;
let bob: string;

beforeAll(async () => {
	writeFileSync(
		join(folder.path, "holdfast.json"),
		JSON.stringify({
			apiKeys: [{ name: "shop", hash: hashApiKey(key), publish: ["user.*"] }],
			tokenCookie: "session",
			cors: ["https://app.example"],
		}),
	);
	server = await startServer({
		args: ["--memory", "--config", join(folder.path, "holdfast.json")],
		env: { HOLDFAST_TOKEN_SECRET: secret },
	});
	const upstream = `127.0.0.1:${server.port}`;
	[obeying, careless] = (await Promise.all(
		[true, false].map((how) =>
			startProxy("nginx", upstream, ({ port, folder: own }) => config(port, how, upstream, `${own}/cache`)),
		),
	)) as [RunningProxy, RunningProxy];
	const make = (sub: string) => sign(Buffer.from(secret), "HS256", { sub, holdfast: { read: ["user.{sub}"], publish: [] } });
	[ann, bob] = await Promise.all([make("ann"), make("bob")]);
	for (const user of ["ann", "bob"]) {
		const { status } = await ask(`${server.url}/v1/channels/user.${user}/messages`, {
			body: `of ${user}`,
			headers: { Authorization: `Bearer ${key}`, "Content-Type": "text/plain" },
		});
		expect(status).toBe(201);
	}
});
afterAll(async () => {
	await Promise.all([obeying?.stop(), careless?.stop()]);
	await server?.kill();
	folder.remove();
});

const path = "/v1/channels/user.ann/messages?after=first";

/** What two users and nobody are answered, in turn and twice, at one address. */
async function seen(proxy: RunningProxy, credentials: (token: string) => Record<string, string>) {
	const url = `http://127.0.0.1:${proxy.port}${path}`;
	const answers: unknown[] = [];
	for (const token of [ann, bob, undefined, ann, bob, undefined]) {
		const { status, headers } = await ask(url, { headers: token === undefined ? {} : credentials(token) });
		answers.push([status, headers["x-cache"]]);
	}
	return answers;
}

test("two users at one address of a cache are told each their own, whatever they send", async () => {
	const own = [
		[200, "MISS"],
		[403, "MISS"],
		[401, "MISS"],
		[200, "MISS"],
		[403, "MISS"],
		[401, "MISS"],
	];
	expect(await seen(obeying, (token) => ({ Authorization: `Bearer ${token}` }))).toEqual(own);
	expect(await seen(obeying, (token) => ({ Cookie: `session=${token}` }))).toEqual(own);
	// The same cache where it does as it likes: so this would be seen.
	expect(await seen(careless, (token) => ({ Authorization: `Bearer ${token}` }))).toContainEqual([200, "HIT"]);
});

test("streams, waits and administration are not kept by it either", async () => {
	const origin = `http://127.0.0.1:${obeying.port}`;
	for (const token of [ann, bob, ann]) {
		const stream = await openEvents(origin + path, { Authorization: `Bearer ${token}` });
		expect([token === ann ? 200 : 403, "MISS"]).toEqual([stream.status, stream.headers["x-cache"]]);
		if (token === ann) expect((await stream.take(2))[1]?.data).toContain("of ann");
		stream.close();
		const poll = await ask(`${origin}${path}&wait=5`, { headers: { Authorization: `Bearer ${token}` } });
		expect([poll.status, poll.headers["x-cache"]]).toEqual([token === ann ? 200 : 403, "MISS"]);
	}
});

test("no secret is in what the proxy and the server write: only tickets that have been used", async () => {
	const origin = `http://127.0.0.1:${obeying.port}`;
	const issue = async (token: string) =>
		(await ask(`${origin}/v1/tickets`, { method: "POST", headers: { Authorization: `Bearer ${token}` } })).json.ticket as string;
	const used = [await issue(ann), await issue(ann)] as const;
	const stream = await openEvents(`${origin}${path}&ticket=${used[0]}`);
	await stream.take(2);
	stream.close();
	const socket = await openSocket(`${origin.replace("http", "ws")}${path}&ticket=${used[1]}`);
	await socket.take(2);
	socket.close();
	const full = await openSocket(`${origin.replace("http", "ws")}/v1/socket`, { protocol: subprotocol });
	full.send({ op: "auth", token: ann });
	full.send({ op: "auth", token: `${ann}x` });
	full.send({ op: "publish", channel: "secret", data: "hidden data" });
	await full.take(4);
	full.close();
	for (const bad of [`${ann}x`, `hf_${key}`]) {
		await ask(origin + path, { headers: { Authorization: `Bearer ${bad}`, Cookie: `session=${bad}` } });
		await ask(`${origin}/v1/channels/user.bob/messages`, { body: "hidden data", headers: { Authorization: `Bearer ${bad}` } });
	}
	await server.kill("SIGTERM");
	const proxyLog = readFileSync(accessLog, "utf8");
	const serverLog = [...server.lines, ...server.errors].join("\n");
	expect(proxyLog).toContain("POST /v1/tickets 201");
	const parts = [ann, bob, key, secret].flatMap((one) => one.split(".")).filter((part) => part.length > 20);
	for (const part of [...parts, "hidden data"]) {
		// The first part of a token is the same for all of them, and says only how it is signed.
		if (ann.startsWith(part) && bob.startsWith(part)) continue;
		expect(proxyLog).not.toContain(part);
		expect(serverLog).not.toContain(part);
	}
	for (const ticket of used) {
		expect(proxyLog).toContain(ticket);
		expect(serverLog).not.toContain(ticket.split(".")[1]);
		await server.restart();
		expect((await ask(`${server.url}${path}&ticket=${ticket}`)).status).toBe(401);
		await server.kill();
	}
});
