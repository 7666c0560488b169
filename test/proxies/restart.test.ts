/** The proxy is told its config anew, and started anew, while messages flow through it. */
import type { TransportName } from "@holdfast/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunningProxy } from "../support/proxies.ts";
import { startWorld, type World } from "../support/world.ts";
import { allWays, type Follower, follow, pause, within } from "./follower.ts";
import { type Changes, startRecipe } from "./recipes.ts";

/** How long what is old may stay after its config, in less than the recipes give it. */
const changes: Readonly<Record<"nginx" | "haproxy" | "caddy", Changes>> = {
	nginx: { "worker_shutdown_timeout 30s": "worker_shutdown_timeout 1s" },
	haproxy: { "hard-stop-after 30s": "hard-stop-after 1s" },
	caddy: { "grace_period 3s": "grace_period 1s" },
};

describe.each(["nginx", "haproxy", "caddy"] as const)("%s", (name) => {
	let world: World;
	let proxy: RunningProxy;
	let followers: Follower[];

	beforeEach(async () => {
		// The certificate was made a moment ago, and nobody knows it.
		vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
		world = await startWorld();
		proxy = await startRecipe(name, `127.0.0.1:${world.port}`, changes[name]);
		const ways: readonly (readonly TransportName[])[] = [...allWays.map((way) => [way]), allWays];
		followers = ways.map((allowed) => follow(`https://127.0.0.1:${proxy.port}`, allowed));
		await within(() => expect(followers.every(({ begun }) => begun)).toBe(true));
	});

	afterEach(async () => {
		for (const { holdfast } of followers) holdfast.close();
		await proxy.stop();
		await world.close();
		vi.unstubAllEnvs();
	});

	test.each(["reload", "restart"] as const)(
		"a %s loses and repeats nothing of what is published and read through it",
		async (how) => {
			const { holdfast } = followers.at(-1) as Follower;
			const stored: Promise<unknown>[] = [];
			const publish = async (ms: number) => {
				for (const end = Date.now() + ms; Date.now() < end; await pause(5)) {
					stored.push(holdfast.channel("chat").publish(stored.length));
				}
			};
			await publish(300);
			await Promise.all([proxy[how](), publish(1700)]);
			await Promise.all(stored);
			const count = stored.map((_, i) => i);
			await within(() => expect(followers.map(({ got }) => got)).toEqual(followers.map(() => count)), 15_000);
			expect(followers.map(({ gaps }) => gaps)).toEqual(followers.map(() => []));
			// A reload of Caddy leaves its event streams be.
			const cut = how === "restart" ? ["websocket", "sse"] : ["websocket"];
			const ended = followers.filter(({ ways }) => cut.includes(ways[0] ?? ""));
			await within(() => expect(ended.every(({ ways }) => ways.length > 1)).toBe(true), 5000);
		},
	);
});
