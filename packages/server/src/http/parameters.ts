/** What a reader asks for: the channels, where to begin, and how. */
import type { IncomingMessage } from "node:http";
import { HoldfastError, isChannelName, parseCursor } from "@holdfast/protocol";
import { oneChannel, type Scope, severalChannels } from "../hub/scope.ts";
import type { Start } from "../log/log.ts";
import type { Query } from "./target.ts";

const longestWait = 55;

/** The name in a path segment, percent-decoded once. */
export function channelOf(segment: string): string {
	let name: string;
	try {
		name = decodeURIComponent(segment);
	} catch {
		throw new HoldfastError("bad_channel", "The channel's percent-encoding is not UTF-8.");
	}
	return checkChannel(name);
}

export function checkChannel(name: unknown): string {
	if (typeof name === "string" && isChannelName(name)) return name;
	throw new HoldfastError("bad_channel", "A channel name is 1 to 255 bytes of A-Z a-z 0-9 . _ ~ : - and neither . nor ..");
}

/** The channel of the path, or the set that the query names. */
export function scopeOf(segment: string | undefined, query: Query, most: number): Scope {
	if (segment !== undefined) return oneChannel(channelOf(segment));
	const own = query.all("from");
	const names = own.length > 0 ? own.map(nameIn) : query.all("channel");
	if (names.length === 0) throw new HoldfastError("bad_request", "Name the channels: ?channel=a&channel=b");
	const naming = own.length > 0;
	const check = (name: string) => (naming ? about(name, () => checkChannel(name)) : checkChannel(name));
	const scope = severalChannels(names.map(check), naming);
	if (scope.channels.length <= most) return scope;
	const detail = `A reader follows at most ${most} channels, not ${scope.channels.length}.`;
	throw new HoldfastError("bad_request", detail, naming ? { channel: names[most] as string } : {});
}

/** Where to begin, one start a channel: the first that is there of `Last-Event-ID`, `from`, `after`, `last` decides. */
export function startsOf(scope: Scope, query: Query, lastEventId: string | undefined): readonly Start[] {
	if (lastEventId !== undefined) return placesOf(scope, lastEventId);
	if (scope.several && query.get("from") !== undefined) return ownStarts(scope, query.all("from"));
	const last = query.get("last");
	const after = query.get("after") ?? (last === undefined ? "now" : undefined);
	if (after === "first" || after === "now") return scope.channels.map(() => after);
	if (after !== undefined) return placesOf(scope, after);
	const start = { last: wholeNumber("last", last as string, 1, 1000) };
	return scope.channels.map(() => start);
}

/** Names the channel in what is thrown, so that who asked for several can go on with the others. */
function about<T>(channel: string, run: () => T): T {
	try {
		return run();
	} catch (error) {
		throw error instanceof HoldfastError ? error.about(channel) : error;
	}
}

/** `from=<channel>:<start>`: no start holds a colon, a channel's name may. */
function nameIn(from: string): string {
	return from.slice(0, Math.max(0, from.lastIndexOf(":")));
}

/** A start for each channel, by its own cursor, `first`, `now` or `last.<n>`. */
function ownStarts(scope: Scope, entries: readonly string[]): readonly Start[] {
	const starts = new Map(entries.map((entry) => [nameIn(entry), about(nameIn(entry), () => ownStart(entry))]));
	if (starts.size < entries.length) throw new HoldfastError("bad_request", "from names each channel once.");
	return scope.channels.map((channel) => starts.get(channel) as Start);
}

function ownStart(entry: string): Start {
	const text = entry.slice(entry.lastIndexOf(":") + 1);
	if (text === "first" || text === "now") return text;
	if (text.startsWith("last.")) return { last: wholeNumber("last", text.slice(5), 1, 1000) };
	const cursor = parseCursor(text);
	if (cursor !== undefined) return cursor;
	throw new HoldfastError(
		"bad_cursor",
		"from=<channel>:<start>, where start is a cursor of the channel, first, now or last.<n>.",
	);
}

function placesOf(scope: Scope, cursor: string): readonly Start[] {
	const places = scope.parse(cursor);
	if (places !== undefined) return places;
	throw new HoldfastError(
		"bad_cursor",
		scope.several
			? "This is no cursor of this very set of channels; begin with after=first, after=now or last=n."
			: "This is no cursor of a channel; begin with after=first, after=now or last=n.",
	);
}

export function limitOf(query: Query): number {
	const limit = query.get("limit");
	return limit === undefined ? 100 : wholeNumber("limit", limit, 1, 1000);
}

/** Seconds to wait, 0 for a short poll. */
export function waitOf(query: Query, request: IncomingMessage): number {
	const wait = query.get("wait");
	if (wait !== undefined) return wholeNumber("wait", wait, 0, longestWait);
	// A preference is no demand (RFC 7240): what makes no sense is ignored, and what is too much is cut.
	const prefer = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(String(request.headers["prefer"] ?? ""));
	return prefer === null ? 0 : Math.min(Number(prefer[1]), longestWait);
}

export function wantsEvents(request: IncomingMessage): boolean {
	return /(?:^|,)\s*text\/event-stream\s*(?:$|[,;])/i.test(request.headers.accept ?? "");
}

export function lastEventIdOf(request: IncomingMessage): string | undefined {
	const header = request.headers["last-event-id"];
	return Array.isArray(header) ? header[0] : header;
}

export function wholeNumber(name: string, text: string, least: number, most: number): number {
	const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new HoldfastError("bad_request", `${name} is a whole number from ${least} to ${most}.`);
}

/** The entity tag of what a poll answers. */
export function tagOf(next: string): string {
	return `"${next}"`;
}
