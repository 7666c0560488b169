/** From defaults, config file, environment and flags, in that order, to what `serve` runs with. */
import {
	type ForwardedHeader,
	httpOptions,
	type OptionRow,
	type OptionValues,
	type RightsOptions,
	resolveOptions,
	type SchemaTable,
	type ServerLimits,
	type StoreLimits,
	serverOptions,
	storeOptions,
	type WebhookOptions,
} from "@holdfast/server";
import { CommandError } from "../exit-codes.ts";
import { rightsOf } from "./rights.ts";
import type { SettingValue } from "./setting.ts";
import { didYouMean } from "./suggest.ts";
import { type Durability, findSetting, type LogForm, type LogLevel, settingKeys } from "./table.ts";

/** One place that settings come from. */
export interface Layer {
	readonly given: Readonly<Record<string, unknown>>;
	/** How a key is spelled there, for the line that refuses it. */
	spell(key: string): string;
}

/** The paths of a certificate and its key. */
export interface TlsFiles {
	readonly cert: string;
	readonly key: string;
}

export interface Settings {
	readonly host: string;
	readonly port: number;
	/** Undefined: without TLS. */
	readonly tls: TlsFiles | undefined;
	readonly cors: readonly string[];
	readonly trustedProxies: readonly string[];
	readonly forwardedHeader: ForwardedHeader;
	/** Who may do what; undefined where nobody said. */
	readonly rights: RightsOptions | undefined;
	/** Whether everything is open where nobody said. */
	readonly open: boolean;
	/** Processes that serve readers. */
	readonly workers: number;
	/** The path of a module that answers what is no route of Holdfast's. */
	readonly app: string | undefined;
	/** Where messages are kept; undefined in memory and in Redis. */
	readonly folder: string | undefined;
	/** The address of the Redis that messages are kept in. */
	readonly redis: string | undefined;
	readonly redisReplicas: number;
	readonly durability: Durability;
	/** How standard error is written, and the least that is told there. */
	readonly log: LogForm;
	readonly logLevel: LogLevel;
	readonly schemas: SchemaTable;
	readonly webhooks: readonly WebhookOptions[];
	/** Only what was set: some limits spare loopback unless they are. */
	readonly server: Partial<ServerLimits>;
	readonly store: Partial<StoreLimits>;
	readonly http: OptionValues<typeof httpOptions>;
}

/** `layers` from the weakest to the strongest. */
export function resolveSettings(layers: readonly Layer[]): Settings {
	const values = new Map<string, SettingValue>();
	for (const layer of layers) {
		const layerValues = readLayer(layer);
		// Each names the store, so the one that a stronger layer sets takes the place of the others.
		const named = stores.filter((key) => layerValues.has(key) && layerValues.get(key) !== false);
		const [one, other] = named.map((key) => layer.spell(key));
		if (other !== undefined) throw new CommandError("usage", `${one} and ${other} exclude each other`);
		if (named.length > 0) for (const key of stores) values.delete(key);
		for (const [key, value] of layerValues) values.set(key, value);
	}
	const http = resolveOptions(httpOptions, pick(httpOptions, values));
	if (http.headersTimeout > http.requestTimeout) {
		throw new CommandError("usage", "headersTimeout is part of requestTimeout, and cannot be longer");
	}
	const log = (values.get("log") as LogForm | undefined) ?? "text";
	const workers = (values.get("workers") as number | undefined) ?? 1;
	if (workers > 1 && values.get("memory") === true) {
		throw new CommandError(
			"usage",
			`${workers} workers need a log that they can share, and not one in memory: a folder or a Redis`,
		);
	}
	return {
		host: (values.get("host") as string | undefined) ?? "127.0.0.1",
		port: (values.get("port") as number | undefined) ?? 8080,
		tls: tlsFiles(values),
		workers,
		cors: (values.get("cors") as readonly string[] | undefined) ?? [],
		trustedProxies: (values.get("trustedProxies") as readonly string[] | undefined) ?? [],
		forwardedHeader: (values.get("forwardedHeader") as ForwardedHeader | undefined) ?? "x-forwarded-for",
		rights: rightsOf(values),
		open: values.get("open") === true,
		app: values.get("app") as string | undefined,
		folder: keepsInFolder(values) ? ((values.get("data") as string | undefined) ?? "holdfast-data") : undefined,
		redis: values.get("redis") as string | undefined,
		redisReplicas: (values.get("redisReplicas") as number | undefined) ?? 0,
		durability: (values.get("durability") as Durability | undefined) ?? "disk",
		log,
		logLevel: (values.get("logLevel") as LogLevel | undefined) ?? (log === "text" ? "warn" : "info"),
		// The server looks at what is in them.
		schemas: (values.get("schemas") as SchemaTable | undefined) ?? {},
		webhooks: (values.get("webhooks") as readonly WebhookOptions[] | undefined) ?? [],
		server: pick(serverOptions, values),
		store: pick(storeOptions, values),
		http,
	};
}

function tlsFiles(values: ReadonlyMap<string, SettingValue>): TlsFiles | undefined {
	const [cert, key] = [values.get("tlsCert"), values.get("tlsKey")] as (string | undefined)[];
	if (cert === undefined && key === undefined) return undefined;
	if (cert === undefined || key === undefined) throw new CommandError("usage", "tlsCert and tlsKey belong together");
	return { cert, key };
}

const stores = ["memory", "data", "redis"] as const;

function keepsInFolder(values: ReadonlyMap<string, SettingValue>): boolean {
	return values.get("memory") !== true && !values.has("redis");
}

function readLayer(layer: Layer): Map<string, SettingValue> {
	const values = new Map<string, SettingValue>();
	for (const [key, given] of Object.entries(layer.given)) {
		const setting = findSetting(key);
		if (setting === undefined) {
			const meant = didYouMean(key, settingKeys, (name) => layer.spell(name));
			throw new CommandError("usage", `unknown setting ${layer.spell(key)}${meant}`);
		}
		const value = setting.read(given);
		if (value === undefined) {
			throw new CommandError("usage", `${layer.spell(key)} takes ${setting.takes}; not ${JSON.stringify(given)}`);
		}
		values.set(key, value);
	}
	return values;
}

function pick<Table extends Record<string, OptionRow>>(table: Table, values: ReadonlyMap<string, SettingValue>) {
	const picked: Partial<Record<keyof Table, number>> = {};
	for (const key of Object.keys(table)) {
		const value = values.get(key);
		if (typeof value === "number") picked[key as keyof Table] = value;
	}
	return picked;
}
