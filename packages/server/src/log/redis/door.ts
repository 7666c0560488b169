/** Redis as this store uses it: calls that end in time, and hints. The only file that knows how a client of Redis behaves. */
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../../clock.ts";
import { sharing } from "../sharing.ts";
import { library, version } from "./library.ts";

/** What is needed of a client, by its shape; `Redis` and `Cluster` of `ioredis` have it. It comes back by itself when it is cut. */
export interface RedisClient {
	/** MUST NOT send a command again that may have been done. */
	call(command: string, ...args: string[]): Promise<unknown>;
	/** As to `sunsubscribe` and `smessage`: sharded pub/sub. */
	ssubscribe(...channels: string[]): Promise<unknown>;
	sunsubscribe(...channels: string[]): Promise<unknown>;
	on(event: "smessage", listener: (channel: string, text: string) => void): unknown;
	on(event: "error", listener: (error: unknown) => void): unknown;
	/** There is a connection, for the first time or again: what is listened to is subscribed to over it. */
	on(event: "ready", listener: () => void): unknown;
	/** The connection is gone; the next command goes over another one. */
	on(event: "close", listener: () => void): unknown;
	disconnect(): void;
	/** Of a Cluster: each node, for what must be said to all. */
	nodes?(role: "master"): readonly RedisClient[];
}

/** Milliseconds in which Redis must answer. */
export const patience = 1500;
/** Bytes of calls that may wait for an answer: what a Redis that stands still is asked must not fill the memory. */
const mostWaiting = 64 * 1024 * 1024;

export interface Door {
	/**
	 * Calls a function that writes. Its first argument is when Redis is to give it up, by its own clock: what was answered with
	 * `store_unavailable` because Redis stood still must not be done when it goes on.
	 *
	 * @throws HoldfastError `store_unavailable`, or `disk_full`.
	 */
	change(name: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
	/** The same, and resolves when as many replicas have it as are asked for; where they do not, it may still be done. */
	changeForGood(name: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
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
export function openDoor(client: RedisClient, clock: Clock, replicas = 0): Door {
	/** How far the clock of Redis is ahead of this machine's, in milliseconds; it may be minutes. */
	let ahead = 0;
	let compared = Number.NEGATIVE_INFINITY;
	const call = boundedCall(client);
	const held = waitForReplicas(client, call, replicas);

	const run = async (command: "FCALL" | "FCALL_RO", name: string, keys: readonly string[], args: readonly string[]) => {
		const fcall = () => call(command, `holdfast${version}_${name}`, String(keys.length), ...keys, ...args);
		return fcall().catch(async (error: unknown) => {
			if (!/Function not found/.test(String(error))) throw error;
			await load(client);
			return fcall();
		});
	};
	/** Too small a difference is told where the answer took its time: then a request is given up earlier, and none is done late. */
	const compareClocks = async () => {
		if (clock.now() - compared < 60_000) return;
		const [seconds, micros] = (await call("TIME")) as [string, string];
		ahead = Number(seconds) * 1000 + Number(micros) / 1000 - clock.now();
		compared = clock.now();
	};
	const inOurTime = async <T>(work: Promise<T>): Promise<T> => {
		try {
			return await inTime(clock, patience, work);
		} catch (cause) {
			throw asStoreError(cause);
		}
	};
	const change = async (name: string, keys: readonly string[], args: readonly string[]) => {
		const until = clock.now() + patience;
		await compareClocks();
		return run("FCALL", name, keys, [String(Math.floor(until + ahead)), ...args]);
	};
	return {
		change: (...asked) => inOurTime(change(...asked)),
		changeForGood: (...asked) => inOurTime(held(() => change(...asked))),
		ask: (name, keys, args) => inOurTime(run("FCALL_RO", name, keys, args)),
	};
}

type Call = RedisClient["call"];

function boundedCall(client: RedisClient): Call {
	let waiting = 0;
	return async (command, ...args) => {
		const size = args.reduce((sum, arg) => sum + arg.length, 0);
		if (waiting + size > mostWaiting) throw new Error("Redis has not answered what it was asked before.");
		waiting += size;
		try {
			return await client.call(command, ...args);
		} finally {
			waiting -= size;
		}
	};
}

/** Gives a function that does a change and resolves when `replicas` have it. */
function waitForReplicas(client: RedisClient, call: Call, replicas: number) {
	/** Which connection it is: another one may lead to another master, whose replicas know nothing of what the last one did. */
	let connection = 0;
	if (replicas > 0) client.on("close", () => connection++);
	// It holds up what stands behind it on the connection, and one is enough for all changes that were answered when it is sent.
	const share = sharing<unknown>();
	const wait = () => share("", () => call("WAIT", String(replicas), String(patience)));
	return async (change: () => Promise<unknown>): Promise<unknown> => {
		const before = connection;
		const answer = await change();
		if (replicas === 0) return answer;
		const count = Number(await wait());
		if (count >= replicas && connection === before) return answer;
		throw new Error(`It is stored, but not known to be on ${replicas} replicas.`);
	};
}

async function load(client: RedisClient): Promise<void> {
	await Promise.all((client.nodes?.("master") ?? [client]).map((one) => one.call("FUNCTION", "LOAD", "REPLACE", library)));
}

export function asStoreError(cause: unknown): HoldfastError {
	const text = cause instanceof Error ? cause.message : String(cause);
	if (text.startsWith("OOM")) return new HoldfastError("disk_full", "Redis holds all that it may (maxmemory).", { cause });
	return new HoldfastError("store_unavailable", "Redis does not answer; try again.", { retryAfter: 2, cause });
}
