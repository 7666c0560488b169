/** Redis as this store uses it: calls that end in time, and hints. The only file that knows how a client of Redis behaves. */
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../../clock.ts";
import { library, version } from "./library.ts";

/** What is needed of a client, by its shape; `Redis` and `Cluster` of `ioredis` have it. */
export interface RedisClient {
	call(command: string, ...args: string[]): Promise<unknown>;
	ssubscribe(...channels: string[]): Promise<unknown>;
	sunsubscribe(...channels: string[]): Promise<unknown>;
	on(event: "smessage", listener: (channel: string, text: string) => void): unknown;
	on(event: "error", listener: (error: unknown) => void): unknown;
	disconnect(): void;
	/** Of a Cluster: each node, for what must be said to all. */
	nodes?(role: "master"): readonly RedisClient[];
}

/** Milliseconds in which Redis must answer. */
export const patience = 1500;

export interface Door {
	/**
	 * Calls a function that writes. Its first argument is when Redis is to give it up, by its own clock: what was answered with
	 * `store_unavailable` because Redis stood still must not be done when it goes on.
	 *
	 * @throws HoldfastError `store_unavailable`, or `disk_full`.
	 */
	change(name: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
	/** Calls one that writes nothing. */
	ask(name: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/** Rejects when `answer` has not come in `ms`. */
export async function inTime<T>(clock: Clock, ms: number, answer: Promise<T>): Promise<T> {
	let cancel: (() => void) | undefined;
	const late = new Promise<never>((_, reject) => {
		const timer = clock.after(ms, () => reject(new Error(`Redis has not answered in ${ms} ms`)));
		cancel = () => timer.cancel();
	});
	try {
		return await Promise.race([answer, late]);
	} finally {
		cancel?.();
	}
}

/** `clock`: that of the machine, since it is compared with the one of Redis. */
export function openDoor(client: RedisClient, clock: Clock): Door {
	/** How far the clock of Redis is ahead of this machine's, in milliseconds; it may be minutes. */
	let ahead = 0;
	let compared = Number.NEGATIVE_INFINITY;
	const call = (command: string, ...args: readonly string[]) => inTime(clock, patience, client.call(command, ...args));
	const run = async (command: "FCALL" | "FCALL_RO", name: string, keys: readonly string[], args: readonly string[]) => {
		const fcall = () => call(command, `holdfast${version}_${name}`, String(keys.length), ...keys, ...args);
		try {
			return await fcall().catch(async (error: unknown) => {
				if (!/Function not found/.test(String(error))) throw error;
				await inTime(clock, patience, load(client));
				return fcall();
			});
		} catch (cause) {
			throw asStoreError(cause);
		}
	};
	/** Too small a difference is told where the answer took its time: then a request is given up earlier, and none is done late. */
	const compareClocks = async () => {
		if (clock.now() - compared < 60_000) return;
		const [seconds, micros] = (await call("TIME")) as [string, string];
		ahead = Number(seconds) * 1000 + Number(micros) / 1000 - clock.now();
		compared = clock.now();
	};
	return {
		async change(name, keys, args) {
			await compareClocks().catch((cause: unknown) => {
				throw asStoreError(cause);
			});
			const deadline = Math.floor(clock.now() + ahead + patience);
			return run("FCALL", name, keys, [String(deadline), ...args]);
		},
		ask: (name, keys, args) => run("FCALL_RO", name, keys, args),
	};
}

async function load(client: RedisClient): Promise<void> {
	await Promise.all((client.nodes?.("master") ?? [client]).map((one) => one.call("FUNCTION", "LOAD", "REPLACE", library)));
}

function asStoreError(cause: unknown): HoldfastError {
	const text = cause instanceof Error ? cause.message : String(cause);
	if (text.startsWith("OOM")) return new HoldfastError("disk_full", "Redis holds all that it may (maxmemory).", { cause });
	return new HoldfastError("store_unavailable", "Redis does not answer; try again.", { retryAfter: 2, cause });
}
