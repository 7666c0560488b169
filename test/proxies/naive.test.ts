/** Proxies whose owners know nothing of streams: what does not pass is replaced. */
import type { TransportName } from "@holdfast/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { type Place, type ProxyName, type RunningProxy, startProxy } from "../support/proxies.ts";
import { startWorld, type World } from "../support/world.ts";
import { allWays, type Follower, follow, pause, within } from "./follower.ts";
import { caddy, haproxy, nginx } from "./naive.ts";

interface Case {
	readonly title: string;
	readonly proxy: ProxyName;
	readonly config: (place: Place) => string;
	/** The ways that work through it, the best first. */
	readonly works: readonly [TransportName, ...TransportName[]];
	/** What it answers to a request whose target takes 40 KiB. */
	readonly long: number;
	/** Whether a page that it serves may publish: it hands on by what name it was asked. */
	readonly keepsHost: boolean;
	/** Whether it says that it speaks for someone else. */
	readonly tells: boolean;
}

const cases: readonly Case[] = [
	{
		title: "nginx",
		proxy: "nginx",
		config: nginx,
		// It speaks HTTP/1.0 to the server and hands no upgrade on. Of an event stream the server says that it is not to be buffered.
		works: ["sse", "long-poll", "short-poll"],
		long: 414,
		keepsHost: false,
		tells: false,
	},
	{
		title: "nginx that buffers event streams too",
		proxy: "nginx",
		config: (place) => nginx(place, "proxy_ignore_headers X-Accel-Buffering;"),
		works: ["long-poll", "short-poll"],
		long: 414,
		keepsHost: false,
		tells: false,
	},
	{ title: "HAProxy", proxy: "haproxy", config: haproxy, works: allWays, long: 400, keepsHost: true, tells: false },
	{ title: "Caddy", proxy: "caddy", config: caddy, works: allWays, long: 200, keepsHost: true, tells: true },
];

describe.each(cases)("behind $title", ({ proxy: name, config, works, long, keepsHost, tells }) => {
	let world: World;
	let proxy: RunningProxy;
	let url: string;
	let followers: Follower[];

	beforeEach(async () => {
		world = await startWorld();
		proxy = await startProxy(name, `127.0.0.1:${world.port}`, config);
		url = `http://127.0.0.1:${proxy.port}`;
		followers = [];
	});

	afterEach(async () => {
		for (const { holdfast } of followers) holdfast.close();
		await proxy.stop();
		await world.close();
	});

	/** Publishes twenty, and checks that they came. */
	async function deliver(readers: readonly Follower[]): Promise<void> {
		const count = Array.from({ length: 20 }, (_, i) => i);
		for (const i of count) await world.holdfast.publish("chat", i);
		await within(() => expect(readers.map(({ got }) => got)).toEqual(readers.map(() => count)));
		expect(readers.map(({ gaps }) => gaps)).toEqual(readers.map(() => []));
	}

	test(`messages come within 3 s over ${works.join(", ")}, each alone, and over no other`, async () => {
		followers = allWays.map((way) => follow(url, [way]));
		const [passing, broken] = [true, false].map((passes) =>
			followers.filter((_, i) => works.includes(allWays[i] as TransportName) === passes),
		) as [Follower[], Follower[]];
		await within(() => expect(passing.every(({ begun }) => begun)).toBe(true));
		await deliver(passing);
		if (broken.length > 0) {
			await pause(1500);
			expect(broken.map(({ begun, got }) => [begun, got])).toEqual(broken.map(() => [false, []]));
		}
	});

	test(`with all ways allowed, messages come within 3 s, and by ${works[0]}`, async () => {
		const follower = follow(url);
		followers = [follower];
		await within(() => expect(follower.begun).toBe(true));
		await deliver([follower]);
		// On a busy machine a way may take longer than its head start, and a lesser one be first.
		await within(() => expect(follower.ways.at(-1)).toBe(works[0]));
	});

	test(`a request of 40 KiB is answered ${long}`, async () => {
		const target = `/v1/messages?from=chat:now&of-many-channels=${"x".repeat(40 * 1024)}`;
		expect((await ask(url + target)).status).toBe(long);
	});

	test(`a page of the site ${keepsHost ? "may" : "may not"} publish`, async () => {
		const headers = { Host: "example.com", Origin: "http://example.com" };
		const { status } = await ask(`${url}/v1/channels/chat/messages`, { body: 1, headers });
		expect(status).toBe(keepsHost ? 201 : 403);
	});

	test(`someone elsewhere ${tells ? "is not" : "is"} taken for an administrator`, async () => {
		const { status } = await ask(`${url}/v1/channels`, { headers: { Host: "localhost" } });
		expect(status).toBe(tells ? 403 : 200);
	});
});
