/** A reader through the client: what came, and how. */
import { connect, type Holdfast, type TransportName } from "@holdfast/client";
import { vi } from "vitest";

export const allWays = ["websocket", "sse", "long-poll", "short-poll"] as const;

export interface Follower {
	readonly holdfast: Holdfast;
	/** The data of the messages, in order. */
	readonly got: readonly unknown[];
	readonly gaps: readonly unknown[];
	/** The ways by which messages came, one after another; the same again where it had to connect again. */
	readonly ways: readonly TransportName[];
	readonly begun: boolean;
}

/** Reads `chat` from now on, by these ways alone. */
export function follow(url: string, transports: readonly TransportName[] = allWays): Follower {
	const holdfast = connect(url, { transports });
	const got: unknown[] = [];
	const gaps: unknown[] = [];
	const ways: TransportName[] = [];
	let begun = false;
	holdfast.on("transport", (name) => ways.push(name));
	holdfast.channel("chat").subscribe(({ data }) => got.push(data), {
		onGap: (gap) => gaps.push(gap),
		onBegin() {
			begun = true;
		},
	});
	return {
		holdfast,
		got,
		gaps,
		ways,
		get begun() {
			return begun;
		},
	};
}

/** What the issue gives a way that a proxy breaks until another has taken its place. */
export const within = (done: () => unknown, timeout = 3000) => vi.waitFor(done, { timeout, interval: 10 });

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
