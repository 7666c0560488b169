import {
	type Cursor,
	channelSet,
	formatCursor,
	formatSetPlaces,
	hashNames,
	parseCursor,
	parseSetCursor,
} from "@holdfast/protocol";

/** Where a reader stands: one cursor a channel, in the order of the scope's channels. */
export type Places = readonly Cursor[];

/** The channels that a reader follows together, and how its place in them is written as one cursor. */
export interface Scope {
	/** Equal for equal scopes. */
	readonly key: string;
	readonly channels: readonly string[];
	/** Whether it was asked for as a set, even of one: cursors, gaps and frames of sets are written otherwise. */
	readonly several: boolean;
	format(places: Places): string;
	/** Each channel's own cursor, for readers who asked by them; else undefined. */
	name(places: Places): Readonly<Record<string, string>> | undefined;
	/** Undefined when the text is no cursor of this scope. */
	parse(cursor: string): Places | undefined;
}

export function oneChannel(channel: string): Scope {
	return {
		key: channel,
		channels: [channel],
		several: false,
		...oneCursor,
	};
}

/** The same functions for all: a scope is made for each reader. */
const oneCursor: Pick<Scope, "format" | "name" | "parse"> = {
	format: ([place]) => formatCursor(place as Cursor),
	name: () => undefined,
	parse(text) {
		const cursor = parseCursor(text);
		return cursor && [cursor];
	},
};

/** `own`: for a reader that keeps a cursor for each channel, and is told those besides the set's. */
export function severalChannels(names: readonly string[], own = false): Scope {
	const channels = channelSet(names);
	const hash = hashNames(channels);
	return {
		// No channel name holds a comma, so this is no single channel's key.
		key: `${own ? ",own" : ""},${channels.join(",")}`,
		channels,
		several: true,
		format: (places) => formatSetPlaces(hash, places),
		name: (places) =>
			own ? Object.fromEntries(channels.map((channel, i) => [channel, formatCursor(places[i] as Cursor)])) : undefined,
		parse: (text) => parseSetCursor(text, channels),
	};
}
