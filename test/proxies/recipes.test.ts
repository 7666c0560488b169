/** The recipes of `docs/proxies.md`, run as they are but for ports and paths. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { serverOptions } from "@holdfast/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProxyName } from "../support/proxies.ts";
import { startWorld } from "../support/world.ts";
import { allWays, follow, pause, within } from "./follower.ts";
import { type Changes, recipes, startRecipe } from "./recipes.ts";

const names = ["nginx", "haproxy", "caddy"] as const;

let closing: (() => unknown)[];

beforeEach(() => {
	// The certificate was made a moment ago, and nobody knows it.
	vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
	closing = [() => vi.unstubAllEnvs()];
});

afterEach(async () => {
	for (const close of closing.reverse()) await close();
});

async function start(
	name: ProxyName,
	{ changes, ...options }: { changes?: Changes; pingInterval?: number; commentInterval?: number } = {},
) {
	const world = await startWorld(options);
	closing.push(() => world.close());
	const proxy = await startRecipe(name, `127.0.0.1:${world.port}`, changes);
	closing.push(() => proxy.stop());
	const url = `https://127.0.0.1:${proxy.port}`;
	const read: typeof follow = (...given) => {
		const follower = follow(...given);
		closing.push(() => follower.holdfast.close());
		return follower;
	};
	return { world, proxy, url, read };
}

/** The status of the answer to a request over HTTP/1.1. */
async function statusOf(url: string, headers: Record<string, string> = {}, method = "GET", body = ""): Promise<number> {
	const asked = request(url, { method, headers: { "Content-Type": "application/json", ...headers }, agent: false }).end(body);
	const [response] = await once(asked, "response");
	response.resume();
	return response.statusCode;
}

describe.each(names)("%s", (name) => {
	test("all four ways work, and the best is taken", async () => {
		const { world, url, read } = await start(name);
		const followers = [...allWays.map((way) => read(url, [way])), read(url)];
		await within(() => expect(followers.every(({ begun }) => begun)).toBe(true));
		const count = Array.from({ length: 20 }, (_, i) => i);
		for (const i of count) await world.holdfast.publish("chat", i);
		await within(() => expect(followers.map(({ got }) => got)).toEqual(followers.map(() => count)));
		expect(followers.map(({ ways }) => ways)).toEqual([...allWays, "websocket"].map((way) => [way]));
	});

	test("the server learns by what name it was asked and from where, whatever the client says of that", async () => {
		const { world, url } = await start(name);
		const heads: unknown[] = [];
		const note = ({ headers }: { headers: Record<string, unknown> }) =>
			heads.push([headers["host"], `${headers["x-forwarded-for"]}`.split(", ").at(-1), headers["x-forwarded-proto"]]);
		world.server.prependListener("request", note).prependListener("upgrade", note);
		const forged = { "X-Forwarded-For": "192.0.2.1" };
		const host = new URL(url).host;
		const mine = { ...forged, Origin: url };
		expect(await statusOf(`${url}/v1/channels/chat/messages`, mine, "POST", "1")).toBe(201);
		const foreign = { ...forged, Origin: "https://elsewhere.example" };
		expect(await statusOf(`${url}/v1/channels/chat/messages`, foreign, "POST", "1")).toBe(403);
		expect(await statusOf(`${url}/v1/channels`)).toBe(403);
		expect(heads).toEqual(heads.map(() => [host, "127.0.0.1", "https"]));
	});

	test("a request of 40 KiB passes, over HTTP/1.1 and over HTTP/2", async () => {
		const { url } = await start(name);
		const channels = Array.from({ length: 128 }, (_, i) => `from=${`${i}.`.padEnd(250, "x")}:now`).join("&");
		const target = `/v1/messages?${channels}&ignored=`.padEnd(40 * 1024, "x");
		expect(await statusOf(url + target)).toBe(200);
		const session = openHttp2(url);
		const asked = session.request({ ":path": target });
		const [head] = await once(asked, "response");
		expect(head[":status"]).toBe(200);
		asked.close();
	});

	test("event streams share one HTTP/2 connection", async () => {
		const { world, url } = await start(name);
		const session = openHttp2(url);
		const texts = await Promise.all(
			Array.from({ length: 10 }, async () => {
				const stream = session.request({ ":path": "/v1/channels/chat/messages", accept: "text/event-stream" });
				const text = { all: "" };
				stream.setEncoding("utf8").on("data", (piece: string) => {
					text.all += piece;
				});
				await within(() => expect(text.all).toContain("$live"));
				return text;
			}),
		);
		await world.holdfast.publish("chat", "to all");
		await within(() => expect(texts.every(({ all }) => all.includes('"to all"'))).toBe(true));
	});
});

function openHttp2(url: string): ClientHttp2Session {
	const session = connectHttp2(url);
	closing.push(() => session.destroy());
	return session;
}

test("idle readers are kept by the heartbeats where a proxy ends what is silent", async () => {
	const times = { nginx: ["proxy_read_timeout 60s"], haproxy: ["timeout client 60s", "timeout server 60s"] };
	const readers = await Promise.all(
		(["nginx", "haproxy"] as const).map(async (name) => {
			const changes = Object.fromEntries(times[name].map((line) => [line, line.replace("60s", "3s")]));
			const silent = await start(name, { changes });
			const beating = await start(name, { changes, pingInterval: 1000, commentInterval: 1000 });
			return [silent, beating].map(({ url, read }) => [read(url, ["websocket"]), read(url, ["sse"])]);
		}),
	);
	const [cut = [], kept = []] = [0, 1].map((i) => readers.flatMap((both) => both[i] ?? []));
	await within(() => expect([...cut, ...kept].every(({ begun }) => begun)).toBe(true));
	await pause(7000);
	expect(kept.map(({ ways }) => ways.length)).toEqual([1, 1, 1, 1]);
	expect(cut.every(({ ways }) => ways.length > 1)).toBe(true);
});

test("no time-out of a recipe is shorter than the longest silence of a healthy reader", () => {
	const longestPoll = (25 * 17) / 16;
	const longest = Math.max(longestPoll, serverOptions.pingInterval.default / 1000, serverOptions.commentInterval.default / 1000);
	const seconds = [/proxy_read_timeout (\d+)s/, /timeout client (\d+)s/, /timeout server (\d+)s/].map((line) =>
		Number(
			line.exec(
				Object.values(recipes)
					.map(({ text }) => text)
					.join("\n"),
			)?.[1],
		),
	);
	for (const each of seconds) expect(each).toBeGreaterThan(longest + serverOptions.pongTimeout.default / 1000);
});

test("docs/proxies.md shows each recipe as it is run", () => {
	const page = readFileSync("docs/proxies.md", "utf8");
	for (const name of names) expect(page).toContain(`\n${recipes[name].text}\`\`\`\n`);
});
