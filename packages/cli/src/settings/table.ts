/**
 * Every setting of `holdfast serve`, as one table: its own few and every limit of the server's option tables. Flags,
 * environment names, config keys, checks and `--help` come from here.
 */
import { areTrustedProxies, forwardedHeaders, httpOptions, type OptionRow, serverOptions, storeOptions } from "@holdfast/server";
import { rightsSettings } from "./rights.ts";
import { list, type Setting, text, yesOrNo } from "./setting.ts";
import { amountHints, amountNames, formatAmount, parseAmount } from "./units.ts";

export const logForms = ["text", "json"] as const;
export const logLevels = ["debug", "info", "warn", "error"] as const;

export const durabilities = ["disk", "commit", "none"] as const;
export type Durability = (typeof durabilities)[number];
export type LogForm = (typeof logForms)[number];
export type LogLevel = (typeof logLevels)[number];

const own: readonly Setting[] = [
	{
		key: "host",
		group: "Where it listens:",
		argument: "<host>",
		sentence: "Name or address to listen on. (default: 127.0.0.1)",
		read: text,
		takes: "a host name or an IP address",
	},
	{
		key: "port",
		group: "Where it listens:",
		argument: "<port>",
		sentence: "Port to listen on; 0 takes any free one. (default: 8080)",
		read: (given) => within(amount(given, "count"), 0, 65_535),
		takes: "a port from 0 to 65535",
	},
	{
		key: "tlsCert",
		group: "Where it listens:",
		argument: "<file>",
		sentence: "The certificate in PEM, with its chain: HTTP/2, HTTP/1.1 and wss on the same port. (default: none, without TLS)",
		read: text,
		takes: "the path of a file",
	},
	{
		key: "tlsKey",
		group: "Where it listens:",
		argument: "<file>",
		sentence: "The certificate's key in PEM. When the files change, new connections get the new certificate.",
		read: text,
		takes: "the path of a file",
	},
	{
		key: "cors",
		group: "Where it listens:",
		argument: "<origin...>",
		sentence: "Other origins whose pages may read and publish, such as https://example.org; * for all. (default: none)",
		read: origins,
		takes: "origins such as https://example.org, without a path, or *",
	},
	{
		key: "trustedProxies",
		group: "Where it listens:",
		argument: "<address...>",
		sentence:
			"Proxies whose word for whom they speak is taken: addresses, networks such as 10.0.0.0/8, loopback, private. (default: none)",
		read: proxies,
		takes: "addresses, networks such as 10.0.0.0/8, loopback and private",
	},
	{
		key: "forwardedHeader",
		group: "Where it listens:",
		argument: `<${forwardedHeaders.join("|")}>`,
		sentence: "The header in which trusted proxies say for whom they speak. (default: x-forwarded-for)",
		read: (given) => forwardedHeaders.find((name) => name === given),
		takes: forwardedHeaders.join(" or "),
	},
	{
		key: "app",
		group: "Where it listens:",
		argument: "<module>",
		sentence: "A JavaScript module whose `app` answers what is no route of Holdfast's. (default: none)",
		read: text,
		takes: "the path of a module",
	},
	{
		key: "workers",
		group: "Where it listens:",
		argument: "<n>",
		sentence: "Processes that share the port and one log, in a data folder or in Redis. (default: 1; 1 to 64)",
		read: (given) => within(amount(given, "count"), 1, 64),
		takes: "a number from 1 to 64",
	},
	{
		key: "data",
		group: "What it keeps:",
		argument: "<folder>",
		sentence: "Folder to keep messages in. (default: ./holdfast-data)",
		read: text,
		takes: "a folder",
	},
	{
		key: "memory",
		group: "What it keeps:",
		sentence: "Keep messages in memory only; they end with the process.",
		read: yesOrNo,
		takes: "true or false",
	},
	{
		key: "redis",
		group: "What it keeps:",
		argument: "<url>",
		sentence:
			"Keep messages in Redis, which any number of nodes share: redis://…, redis+sentinel://…/name or redis+cluster://…; rediss for TLS.",
		// Whether it is an address the store says, which does not repeat a password.
		read: text,
		takes: "an address such as redis://127.0.0.1:6379",
	},
	{
		key: "redisReplicas",
		group: "What it keeps:",
		argument: "<count>",
		sentence: "How many replicas of the Redis must have a publish before it is acknowledged; not with a Cluster. (default: 0)",
		read: (given) => within(amount(given, "count"), 0, 100),
		takes: "a whole number from 0 to 100",
	},
	{
		key: "durability",
		group: "What it keeps:",
		argument: `<${durabilities.join("|")}>`,
		sentence:
			"When a publish in a data folder is acknowledged: once flushed to disk, once committed and soon flushed, or left to the system. (default: disk)",
		read: (given) => durabilities.find((name) => name === given),
		takes: durabilities.join(", "),
	},
	{
		key: "log",
		group: "What it tells:",
		argument: `<${logForms.join("|")}>`,
		sentence: "How standard error is written: lines for people, or a JSON object a line. (default: text)",
		read: (given) => logForms.find((name) => name === given),
		takes: logForms.join(", "),
	},
	{
		key: "logLevel",
		group: "What it tells:",
		argument: `<${logLevels.join("|")}>`,
		sentence: "The least that is told. (default: info, with text warn)",
		read: (given) => logLevels.find((name) => name === given),
		takes: logLevels.join(", "),
	},
	{
		key: "schemas",
		fileOnly: true,
		group: "Limits:",
		sentence: "What data must fit, by pattern of channel names. (default: none)",
		read: (given) => (isObject(given) && Object.values(given).every(isObject) ? given : undefined),
		takes: "an object of JSON Schemas, or of paths of files with one, by pattern of channel names",
	},
	{
		key: "webhooks",
		fileOnly: true,
		group: "Limits:",
		sentence: "Who is told of what happens, by HTTP. (default: none)",
		read: (given) => (Array.isArray(given) && given.every(isObject) ? given : undefined),
		takes: "a list of objects with url and secret",
	},
];

export const settings: readonly Setting[] = [
	...own,
	...rightsSettings,
	...limits(storeOptions, "What it keeps:"),
	...limits(serverOptions, "Limits:"),
	...limits(httpOptions, "Limits of HTTP:"),
];

export const settingKeys = settings.map(({ key }) => key);

const byKey = new Map(settings.map((setting) => [setting.key, setting]));

export function findSetting(key: string): Setting | undefined {
	return byKey.get(key);
}

export function flagName(key: string): string {
	return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export const envPrefix = "HOLDFAST_";

export function envName(key: string): string {
	return envPrefix + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function limits(table: Readonly<Record<string, OptionRow>>, group: string): Setting[] {
	return Object.entries(table).map(([key, { default: byDefault, min, max, unit, sentence }]) => {
		const bounds = `${formatAmount(min, unit)} to ${formatAmount(max, unit)}`;
		return {
			key,
			group,
			argument: `<${amountNames[unit]}>`,
			sentence: `${sentence} (default: ${formatAmount(byDefault, unit)}; ${bounds})`,
			read: (given) => within(amount(given, unit), min, max),
			takes: `${amountHints[unit]}, ${bounds}`,
		};
	});
}

function amount(given: unknown, unit: OptionRow["unit"]): number | undefined {
	if (typeof given === "number") return Number.isSafeInteger(given) ? given : undefined;
	return typeof given === "string" ? parseAmount(given, unit) : undefined;
}

function within(value: number | undefined, min: number, max: number): number | undefined {
	return value !== undefined && value >= min && value <= max ? value : undefined;
}

function origins(given: unknown): readonly string[] | undefined {
	return list(given, isOrigin);
}

function proxies(given: unknown): readonly string[] | undefined {
	return list(given, (one) => areTrustedProxies([one]));
}

/** Browsers send an origin in exactly one spelling, so any other would never match. */
function isOrigin(given: string): boolean {
	return given === "*" || (URL.canParse(given) && new URL(given).origin === given);
}

function isObject(given: unknown): given is Readonly<Record<string, object>> {
	return typeof given === "object" && given !== null && !Array.isArray(given);
}
