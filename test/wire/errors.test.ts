import { type ErrorCode, errors, HoldfastError } from "@holdfast/protocol";
import { createHoldfast, type HoldfastOptions, type Log, memoryLog, systemClock, systemRandom } from "@holdfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { type Answer, ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const path = "/v1/channels/a/messages";

async function inWorld(options: HoldfastOptions, run: (origin: string, world: World) => Promise<Answer>): Promise<Answer> {
	const other = await startWorld(options);
	try {
		return await run(other.origin, other);
	} finally {
		await other.close();
	}
}

/** A log whose appends and reads fail with `code`. */
function failingLog(code: ErrorCode): Log {
	const fail = () => Promise.reject(new HoldfastError(code, "as the test wants it"));
	return { ...memoryLog({ clock: systemClock, random: systemRandom }), append: fail, read: fail };
}

/** How each code is reached over HTTP. */
const reached: Partial<Record<ErrorCode, () => Promise<Answer>>> = {
	bad_request: () => ask(`${world.origin}${path}?wait=x`),
	bad_cursor: () => ask(`${world.origin}${path}?after=x`),
	bad_channel: () => ask(`${world.origin}/v1/channels/%20/messages`),
	bad_event: () => ask(`${world.origin}${path}?event=$x`, { body: {} }),
	bad_key: () => ask(`${world.origin}${path}?key=`, { body: {} }),
	bad_json: () => ask(world.origin + path, { body: "{", headers: { "Content-Type": "application/json" } }),
	unauthorized: () => inWorld({ authorize: () => "unauthorized" }, (origin) => ask(origin + path)),
	forbidden: () => inWorld({ authorize: () => false }, (origin) => ask(origin + path)),
	not_found: () => ask(`${world.origin}/v1/nothing`),
	method_not_allowed: () => ask(world.origin + path, { method: "PUT" }),
	key_reused: async () => {
		await ask(world.origin + path, { body: { n: 1 }, headers: { "Idempotency-Key": "k" } });
		return await ask(world.origin + path, { body: { n: 2 }, headers: { "Idempotency-Key": "k" } });
	},
	too_large: () => ask(world.origin + path, { body: "x".repeat(70_000) }),
	unsupported_type: () => ask(world.origin + path, { body: "x", headers: { "Content-Encoding": "gzip" } }),
	rate_limited: () =>
		inWorld({ maxConnectionsPerIp: 1 }, async (origin) => {
			const held = await openEvents(origin + path);
			return await ask(`${origin}${path}?wait=9`).finally(() => held.close());
		}),
	overloaded: () =>
		inWorld({ maxConnections: 1 }, async (origin) => {
			const held = await openEvents(origin + path);
			return await ask(`${origin}${path}?wait=9`).finally(() => held.close());
		}),
	draining: () =>
		inWorld({}, async (origin, { holdfast }) => {
			await holdfast.close();
			return await ask(origin + path);
		}),
	store_unavailable: () => inWorld({ log: failingLog("store_unavailable") }, (origin) => ask(origin + path)),
	disk_full: () => inWorld({ log: failingLog("disk_full") }, (origin) => ask(origin + path, { body: {} })),
	internal: () =>
		inWorld({ log: { ...failingLog("internal"), read: () => Promise.reject(new TypeError("a fault")) } }, (origin) =>
			ask(origin + path),
		),
};

describe.each(Object.entries(reached))("%s", (code, reach) => {
	const row = errors[code as ErrorCode];

	test(`is ${row.status} and a problem that bears the code`, async () => {
		const { status, headers, json } = await reach();
		expect(status).toBe(row.status);
		expect(headers).toMatchObject({ "content-type": "application/problem+json", "cache-control": "no-store" });
		expect(json).toEqual({
			type: "about:blank",
			title: row.title,
			status: row.status,
			detail: expect.stringMatching(/\w/),
			code,
		});
		expect(json.detail).not.toMatch(/\.ts\b|node:/);
		if (row.status === 429 || row.status === 503) expect(headers["retry-after"]).toMatch(/^[1-9]\d*$/);
		else expect(headers).not.toHaveProperty("retry-after");
		if (row.status === 401) expect(headers["www-authenticate"]).toMatch(/^\w/);
		if (row.status === 405) expect(headers.allow).toContain("GET");
	});
});

const socketOnly = ["bad_operation", "already_subscribed"];
/** Kept for a later issue: no channel has a schema yet. */
const unreachable = ["schema_mismatch"];

test("every code of the table is reached here, in the full form, or by nothing yet", () => {
	expect([...Object.keys(reached), ...socketOnly, ...unreachable].sort()).toEqual(Object.keys(errors).sort());
});

test("each of a WebSocket's own codes is told as op error", async () => {
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	socket.send({ op: "nonsense" });
	socket.send({ op: "subscribe", channel: "twice" });
	socket.send({ op: "subscribe", channel: "twice" });
	const told = await socket.take(4);
	expect(told.filter(({ op }) => op === "error").map(({ code }) => code)).toEqual(socketOnly);
	socket.close();
});

describe("an upgrade that is refused is a true HTTP answer", () => {
	test.each<[string, HoldfastOptions, string, number, ErrorCode]>([
		["by its parameters", {}, `${path}?after=x`, 400, "bad_cursor"],
		["by its route", {}, "/v1/nothing", 404, "not_found"],
		["for want of credentials", { authorize: () => "unauthorized" }, path, 401, "unauthorized"],
		["for want of rights", { authorize: () => false }, path, 403, "forbidden"],
		["since access cannot be decided", { authorize: () => Promise.reject(new Error("no")) }, path, 503, "overloaded"],
	])("%s", async (_, options, target, status, code) => {
		const answer = await inWorld(options, (origin) => refusedSocket(origin + target));
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
		expect(answer.headers["content-type"]).toBe("application/problem+json");
		expect(Number(answer.headers["content-length"])).toBe(Buffer.byteLength(answer.text));
		if (status === 401) expect(answer.headers).toHaveProperty("www-authenticate");
		if (status === 503) expect(answer.headers).toHaveProperty("retry-after");
	});

	test.each([
		["overloaded", { maxConnections: 1 }, 503],
		["rate_limited", { maxConnectionsPerIp: 1 }, 429],
	] as const)("while %s", async (code, options, status) => {
		const answer = await inWorld(options, async (origin) => {
			const held = await openSocket(origin + path);
			return await refusedSocket(origin + path).finally(() => held.close());
		});
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
		expect(answer.headers).toHaveProperty("retry-after");
	});
});

test("limits for an address and a rate do not hold for loopback unless they are set", async () => {
	const held = await Promise.all(Array.from({ length: 300 }, () => openEvents(world.origin + path)));
	expect(held.every(({ status }) => status === 200)).toBe(true);
	for (const stream of held) stream.close();
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	for (let ref = 0; ref < 100; ref++) socket.send({ op: "publish", ref, channel: "free", data: ref });
	expect((await socket.take(100)).every(({ op }) => op === "ok")).toBe(true);
	socket.close();
});

test("a publish rate that is set holds for its connection; a batch is paid off afterwards", async () => {
	const limited = await startWorld({ publishRate: 5 });
	const request = (target: string, body: string) =>
		`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
	const one = await openRaw(limited.port, request(path, "1").repeat(7));
	await one.until(/(HTTP\/1\.1 [\s\S]*){7}\}$/);
	expect(one.text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(9))).toEqual(
		[..."11111"].map(() => "201").concat("429", "429"),
	);
	const batch = JSON.stringify(Array.from({ length: 50 }, () => ({ channel: "b", data: 1 })));
	const other = await openRaw(limited.port, request("/v1/messages", batch));
	await other.until("]");
	other.write(request(path, "1"));
	await other.until('"rate_limited"');
	expect(other.text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(9))).toEqual(["201", "429"]);
	expect(Number(/retry-after: (\d+)/i.exec(other.text)?.[1])).toBeGreaterThanOrEqual(9);
	one.close();
	other.close();
	await limited.close();
});

test("options out of their bounds are refused by name", () => {
	expect(() => createHoldfast({ maxConnections: 0 })).toThrow(/maxConnections/);
	expect(() => createHoldfast({ prefix: "realtime" })).toThrow(/prefix/);
});
