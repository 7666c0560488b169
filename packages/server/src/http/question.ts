import type { IncomingMessage } from "node:http";
import type { Scope } from "../hub/scope.ts";
import type { Start } from "../log/log.ts";
import { lastEventIdOf, limitOf, scopeOf, startsOf, waitOf } from "./parameters.ts";
import type { Query } from "./target.ts";

/** What a reader asks for. */
export interface Question {
	readonly scope: Scope;
	readonly starts: readonly Start[];
	/** Messages that a poll takes. */
	readonly limit: number;
	/** Seconds that a poll waits, 0 for a short one. */
	readonly wait: number;
	/** Whether a refusal is to name the channel that it is about. */
	readonly naming: boolean;
}

/** Those that the query alone decides. */
const known = new WeakMap<Query, Question>();

/** @throws HoldfastError for what makes no sense, naming it. */
export function questionOf(request: IncomingMessage, query: Query, segment: string | undefined, most: number): Question {
	const asked = known.get(query);
	const { headers } = request;
	const byQuery = headers["last-event-id"] === undefined && headers["prefer"] === undefined;
	if (asked !== undefined && byQuery) return asked;
	const scope = scopeOf(segment, query, most);
	const question = {
		scope,
		starts: startsOf(scope, query, lastEventIdOf(request)),
		limit: limitOf(query),
		wait: waitOf(query, request),
		naming: query.get("from") !== undefined,
	};
	if (byQuery) known.set(query, question);
	return question;
}
