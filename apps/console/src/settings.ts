/** What a person chose, kept in the address of the page, so that it can be shared and survives a reload. */

export const transports = {
	poll: "Short poll",
	"long-poll": "Long poll",
	sse: "SSE",
	websocket: "WebSocket",
} as const;

export type TransportName = keyof typeof transports;

/** Each beginning as the query of the wire spells it. */
export const beginnings = { now: "after=now", last: "last=10", first: "after=first" } as const;

export type Beginning = keyof typeof beginnings;

export interface Settings {
	readonly channel: string;
	readonly transport: TransportName;
	readonly begin: Beginning;
	/** Milliseconds between two short polls. */
	readonly interval: number;
}

export const intervals = [500, 1000, 2000, 5000, 15_000] as const;

const byDefault: Settings = { channel: "demo", transport: "sse", begin: "last", interval: 2000 };

const channelShape = /^\$?[A-Za-z0-9._~:-]+$/;

/** Why `text` is no channel's name, or undefined when it is one. */
export function channelFault(text: string): string | undefined {
	if (text === "") return "A channel needs a name.";
	if (text.length > 255) return `A channel's name has at most 255 characters; this one has ${text.length}.`;
	if (text === "." || text === "..") return "“.” and “..” are no names.";
	if (!channelShape.test(text)) return "Only letters A–Z a–z, digits and . _ ~ : - can be in a channel's name.";
	return undefined;
}

/** Anything that is missing or not understood is as by default; a channel's name is taken as it is, to be shown with its fault. */
export function readSettings(hash: string): Settings {
	const given = new URLSearchParams(hash.replace(/^#/, ""));
	const transport = given.get("transport") ?? "";
	const begin = given.get("begin") ?? "";
	const interval = Number(given.get("interval"));
	return {
		channel: given.get("channel") ?? byDefault.channel,
		transport: isKey(transports, transport) ? transport : byDefault.transport,
		begin: isKey(beginnings, begin) ? begin : byDefault.begin,
		interval: intervals.find((one) => one === interval) ?? byDefault.interval,
	};
}

export function writeSettings(settings: Settings): string {
	const { channel, transport, begin, interval } = settings;
	const hash = new URLSearchParams({ channel, transport, begin });
	if (transport === "poll") hash.set("interval", String(interval));
	return `#${hash}`;
}

export function isKey<Table extends object>(table: Table, key: string): key is keyof Table & string {
	return Object.hasOwn(table, key);
}
