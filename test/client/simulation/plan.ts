/** What a seed decides before a run begins. Each run has some kinds of trouble and not others: all at once hide each other. */
import type { TransportName } from "@holdfast/client";
import type { Chance } from "./chance.ts";
import { type Trouble, troubles } from "./trouble.ts";

export interface Plan {
	readonly channels: readonly string[];
	readonly transports: readonly TransportName[];
	readonly persist: "session" | "local" | undefined;
	/** Whether the server asks for tokens that grow old. */
	readonly tokens: boolean;
	/** Whether sockets are made in a later turn. */
	readonly lateSockets: boolean;
	readonly retention: number;
	readonly page: number;
	readonly troubles: readonly Trouble[];
	/** Milliseconds of trouble. */
	readonly length: number;
	/** Milliseconds between two things that happen, at most. */
	readonly pace: number;
	/** What handlers do, more often than not nothing special. */
	readonly handlers: readonly HandlerKind[];
}

export type HandlerKind = "plain" | "slow" | "throws" | "rejects";

export const forbidden = "secret";

const ways: readonly TransportName[] = ["websocket", "sse", "long-poll", "short-poll"];

export function makePlan(chance: Chance): Plan {
	const channels = ["news", "chat", "tick:1"].slice(0, chance.between(1, 3));
	const some = ways.filter(() => chance.happens(0.5));
	return {
		channels: chance.happens(0.1) ? [...channels, forbidden] : channels,
		transports: chance.happens(0.5) ? ways : some.length > 0 && chance.happens(0.5) ? some : [chance.pick(ways)],
		persist: chance.happens(0.4) ? chance.pick(["session", "local"] as const) : undefined,
		tokens: chance.happens(0.2),
		lateSockets: chance.happens(0.3),
		retention: chance.pick([3, 10, 1000]),
		page: chance.pick([1, 3, 10, 500]),
		troubles: Object.values(troubles).filter(() => chance.happens(0.35)),
		length: chance.between(5000, 40_000),
		pace: chance.pick([100, 500, 3000]),
		handlers: (["plain", "slow", "throws", "rejects"] as const).filter((kind) => kind === "plain" || chance.happens(0.3)),
	};
}
