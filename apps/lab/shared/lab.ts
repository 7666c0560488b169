/** What the lab's page and its server say to each other, on the one WebSocket that is the page's own. */

/** The columns, in the order in which they stand. */
export const columns = ["short-poll", "long-poll", "sse", "websocket"] as const;
export type Column = (typeof columns)[number];

/** Who answers at a column's door: Holdfast, or one of the forms that tutorials use. */
export const forms = ["holdfast", "hold", "queue"] as const;
export type Form = (typeof forms)[number];

/** The channel that the lab publishes to. */
export const channel = "lab";

/** Of the demonstration of the six connections: `lab.1` to `lab.8`. */
export const many = 8;

/** What the page may turn, with its bounds. */
export const knobs = {
	/** Messages a second; none at all while the page is paused. */
	rate: { least: 0, most: 200, initial: 4 },
	/** Bytes of filling in each message. */
	size: { least: 0, most: 16_384, initial: 64 },
	/** Milliseconds that each request, and each answer's bytes, are on their way. */
	delay: { least: 0, most: 2000, initial: 0 },
	/** Seconds from one cut of all connections to the next; 0 is never. */
	cut: { least: 0, most: 60, initial: 0 },
	/** Seconds of silence after which an imitated proxy cuts a connection; 0 is never. */
	patience: { least: 0, most: 60, initial: 0 },
} as const;
export type Knobs = { readonly [Name in keyof typeof knobs]: number };

export const initialKnobs = Object.fromEntries(Object.entries(knobs).map(([name, { initial }]) => [name, initial])) as Knobs;

/** Bytes of filling that are published a second at most: a page must not fill the server's memory. */
export const mostBytes = 128 * 1024;

/** Readers of the herd, at most. */
export const mostOfHerd = 1000;

export type Ask =
	| { readonly op: "set"; readonly knobs: Knobs }
	| { readonly op: "cut" | "restart" }
	/** For the difference between the two clocks. `at` is the page's. */
	| { readonly op: "time"; readonly at: number }
	/** One message to each of the eight channels. */
	| { readonly op: "many" }
	| { readonly op: "herd"; readonly form: Form; readonly readers: number };

export type Answer =
	| { readonly op: "begin"; readonly id: string }
	| ({ readonly op: "stats" } & Stats)
	| { readonly op: "time"; readonly at: number; readonly server: number }
	| ({ readonly op: "herd" } & Herd)
	/** What was asked is refused; `knobs` are those that hold. */
	| { readonly op: "refused"; readonly about: Ask["op"] | undefined; readonly detail: string; readonly knobs: Knobs };

export interface Stats {
	/** The number of the newest message. */
	readonly published: number;
	readonly restarting: boolean;
	readonly columns: Readonly<Record<Column, Count>>;
}

/** What the server counted at one column's door. */
export interface Count {
	readonly requests: number;
	readonly up: number;
	readonly down: number;
	/** Connections with a request under way. */
	readonly open: number;
	/** Connections that have been used. */
	readonly used: number;
	/** The newest request that was answered, the head of its answer, and what came last after that; as text, cut short. */
	readonly exchange: { readonly up: string; readonly head: string; readonly body: string };
}

/** What the herd's waking was. Times in milliseconds. */
export interface Herd {
	readonly form: Form;
	/** From the publishing to each reader's answer, in order. */
	readonly times: readonly number[];
	/** Of one request that has nothing to do with it, made as the message was published. */
	readonly ordinary: number;
	/** Longest time in which the server's event loop did nothing else. */
	readonly pause: number;
	/** From the first answer to the last, of the same readers, where nothing comes and their time is over. */
	readonly timeouts: number;
}

export interface Numbered {
	/** 1, 2, 3 … */
	readonly n: number;
	/** By the server's clock, when it was published. */
	readonly at: number;
	/** Filling. */
	readonly pad: string;
}
