import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverOptions, storeOptions } from "@holdfast/server";
import { afterAll, expect, test } from "vitest";
import { envLayer, fileLayer, flagLayer } from "./layers.ts";
import { resolveSettings } from "./resolve.ts";
import { envName, flagName, settings } from "./table.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

function config(value: unknown): string {
	const path = join(folder, "holdfast.json");
	writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
	return path;
}

test("with nothing set, the defaults hold and no limit counts as set", () => {
	expect(resolveSettings([])).toEqual({
		host: "127.0.0.1",
		port: 8080,
		workers: 1,
		cors: [],
		trustedProxies: [],
		forwardedHeader: "x-forwarded-for",
		open: false,
		folder: "holdfast-data",
		redisReplicas: 0,
		schemas: {},
		webhooks: [],
		durability: "disk",
		log: "text",
		logLevel: "warn",
		server: {},
		store: {},
		http: { maxHeaderBytes: 49_152, headersTimeout: 10_000, requestTimeout: 15_000, maxConcurrentStreams: 100 },
	});
});

test("the environment wins over the config file, and flags win over both", () => {
	const file = fileLayer(config({ port: 1, host: "file", publishRate: 5, retentionAge: "1d", pingInterval: 30_000 }));
	const env = envLayer({ HOLDFAST_PORT: "2", HOLDFAST_HOST: "env", HOLDFAST_PUBLISH_RATE: "6", PATH: "/bin" });
	const flags = flagLayer({ port: "3", retentionAge: "2h" });
	const resolved = resolveSettings([file, env, flags]);
	expect(resolved).toMatchObject({ port: 3, host: "env" });
	expect(resolved.server).toEqual({ publishRate: 6, pingInterval: 30_000 });
	expect(resolved.store).toEqual({ retentionAge: 7_200_000 });
});

test("Redis takes the place of a folder and of memory, and is no bad value whatever it says", () => {
	const data = envLayer({ HOLDFAST_DATA: "/var/lib/holdfast" });
	const redis = "redis://:secret@127.0.0.1:6379";
	expect(resolveSettings([data, flagLayer({ redis })])).toMatchObject({ redis, folder: undefined });
	expect(resolveSettings([envLayer({ HOLDFAST_REDIS: redis }), flagLayer({ data: "x" })])).toMatchObject({
		redis: undefined,
		folder: "x",
	});
	expect(resolveSettings([envLayer({ HOLDFAST_REDIS: redis }), flagLayer({ memory: true })])).toMatchObject({
		redis: undefined,
		folder: undefined,
	});
	for (const other of [{ data: "x" }, { memory: true }]) {
		expect(() => resolveSettings([flagLayer({ redis, ...other })])).toThrow(/^--(data|memory) and --redis exclude each other$/);
	}
});

test("memory and a data folder replace each other between layers and exclude each other in one", () => {
	const data = envLayer({ HOLDFAST_DATA: "/var/lib/holdfast" });
	expect(resolveSettings([data, flagLayer({ memory: true })]).folder).toBeUndefined();
	expect(resolveSettings([envLayer({ HOLDFAST_MEMORY: "true" }), flagLayer({ data: "x" })]).folder).toBe("x");
	expect(resolveSettings([data, flagLayer({ memory: false })]).folder).toBe("/var/lib/holdfast");
	expect(() => resolveSettings([flagLayer({ memory: true, data: "x" })])).toThrow("--memory and --data exclude each other");
});

test("several workers share a folder or a Redis, and not a log in memory", () => {
	expect(resolveSettings([]).workers).toBe(1);
	expect(resolveSettings([flagLayer({ workers: "4" })]).workers).toBe(4);
	const workers = envLayer({ HOLDFAST_WORKERS: "4" });
	expect(() => resolveSettings([workers, flagLayer({ memory: true })])).toThrow("4 workers need a log that they can share");
	expect(resolveSettings([workers, envLayer({ HOLDFAST_MEMORY: "1" }), flagLayer({ data: "x" })]).workers).toBe(4);
	expect(resolveSettings([flagLayer({ workers: 1, memory: true })]).workers).toBe(1);
});

test("a relative data folder in a config file is taken from the file's own place", () => {
	expect(resolveSettings([fileLayer(config({ data: "kept" }))]).folder).toBe(join(folder, "kept"));
});

test("unknown names are refused with a suggestion, spelled as the place spells them", () => {
	expect(() => resolveSettings([fileLayer(config({ prot: 1 }))])).toThrow(
		'unknown setting "prot" in holdfast.json (did you mean "port" in holdfast.json?)',
	);
	expect(() => envLayer({ HOLDFAST_PING_INTERVALL: "1s" })).toThrow(
		"unknown environment variable HOLDFAST_PING_INTERVALL (did you mean HOLDFAST_PING_INTERVAL?)",
	);
	expect(() => envLayer({ HOLDFAST_SOMETHING_ELSE: "1" })).toThrow(/^unknown environment variable HOLDFAST_SOMETHING_ELSE$/);
	expect(() => resolveSettings([fileLayer(config({ __proto__: null, constructor: 1 }))])).toThrow("unknown setting");
});

test("names that other commands read are no mistake", () => {
	expect(envLayer({ HOLDFAST_URL: "http://x", HOLDFAST_TOKEN: "t", HOLDFAST_CONFIG: "f" }).given).toEqual({});
});

test.each([
	[{ port: "http" }, '--port takes a port from 0 to 65535; not "http"'],
	[{ port: "65536" }, "--port takes a port"],
	[{ workers: "0" }, '--workers takes a number from 1 to 64; not "0"'],
	[{ durability: "strong" }, '--durability takes disk, commit, none; not "strong"'],
	[{ pageMessages: "0" }, '--page-messages takes a whole number, 1 to 10000; not "0"'],
	[{ maxMessageBytes: "64KB" }, "--max-message-bytes takes a size such as 512B"],
	[{ cors: ["https://example.org/"] }, "--cors takes origins"],
	[{ trustedProxies: "10.0.0.0/33" }, "--trusted-proxies takes addresses, networks"],
	[{ trustedProxies: ["loopback", 7] }, "--trusted-proxies takes addresses, networks"],
	[{ forwardedHeader: "via" }, "--forwarded-header takes x-forwarded-for or forwarded"],
	[{ cors: ["example.org"] }, "--cors takes origins"],
	[{ host: " " }, "--host takes a host name"],
])("a bad value %j is refused with what the setting takes", (given, line) => {
	expect(() => resolveSettings([flagLayer(given)])).toThrow(line);
});

test("an empty variable is not set, and headers cannot have longer than their request", () => {
	expect(envLayer({ HOLDFAST_PORT: "" }).given).toEqual({});
	expect(() => resolveSettings([flagLayer({ headersTimeout: "20s" })])).toThrow("headersTimeout is part of requestTimeout");
	expect(resolveSettings([flagLayer({ headersTimeout: "20s", requestTimeout: "20s" })]).http.headersTimeout).toBe(20_000);
});

test("origins come as a list or as text", () => {
	const both = ["https://a.example", "http://localhost:3000"];
	expect(resolveSettings([flagLayer({ cors: both })]).cors).toEqual(both);
	expect(resolveSettings([envLayer({ HOLDFAST_TRUSTED_PROXIES: "loopback, 10.1.0.0/16" })]).trustedProxies).toEqual([
		"loopback",
		"10.1.0.0/16",
	]);
	expect(resolveSettings([envLayer({ HOLDFAST_CORS: both.join(", ") })]).cors).toEqual(both);
});

test("a config file that is missing, not JSON or no object is one clear line", () => {
	expect(() => fileLayer(join(folder, "none.json"))).toThrow("cannot read the config file");
	expect(() => fileLayer(config("{"))).toThrow("is not JSON");
	for (const value of [[], "null", "5"]) expect(() => fileLayer(config(value))).toThrow("no JSON object");
});

test("every limit of the server's tables is a setting, with its default and bounds in its sentence", () => {
	const keys = settings.map(({ key }) => key);
	expect(keys).toEqual(expect.arrayContaining([...Object.keys(serverOptions), ...Object.keys(storeOptions)]));
	expect(new Set(keys).size).toBe(keys.length);
	const age = settings.find(({ key }) => key === "retentionAge");
	expect(age?.sentence).toContain("(default: 7d; 1s to 36500d)");
	expect(flagName("maxConnectionsPerIp")).toBe("--max-connections-per-ip");
	expect(envName("maxConnectionsPerIp")).toBe("HOLDFAST_MAX_CONNECTIONS_PER_IP");
});
