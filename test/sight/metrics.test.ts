/** `GET /metrics` of the built command: what it says, who may ask, and that the dashboard asks for what there is. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { metrics } from "../../packages/cli/src/serve/sight/metrics-table.ts";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { teamOf } from "../support/team.ts";
import { startWorld } from "../support/world.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(...args: string[]): Promise<RunningServer> {
	const server = await startServer({ args });
	ends.push(() => server.kill("SIGTERM"));
	return server;
}

const publish = (server: RunningServer, channel: string, data: unknown, headers: Record<string, string> = {}) =>
	ask(`${server.url}/v1/channels/${channel}/messages`, { body: { data }, headers });

/** Each sample by its name and labels, as the text has them. */
async function scrape(server: RunningServer): Promise<ReadonlyMap<string, number>> {
	const { status, headers, text } = await ask(`${server.url}/metrics`);
	expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
	expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
	const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
	return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

const namesIn = (text: string) =>
	new Set([...text.matchAll(/\bholdfast_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, "")));

test("what happens is counted, by a few labels that are known beforehand", async () => {
	const server = await start("--memory");
	const events = await openEvents(`${server.url}/v1/channels/chat/messages`);
	const stale = await openEvents(`${server.url}/v1/channels/other/messages?after=gone-7`);
	const socket = await openSocket(`${server.url.replace("http", "ws")}/v1/socket`, { protocol: "holdfast.v1" });
	ends.push(events.close, stale.close, socket.close);
	for (const channel of ["chat", "other"]) socket.send({ op: "subscribe", channel });
	await Promise.all([events.take(2), stale.take(3), socket.take(5)]);
	await publish(server, "chat", "x".repeat(90), { "Idempotency-Key": "k" });
	await publish(server, "chat", "x".repeat(90), { "Idempotency-Key": "k" });
	expect((await publish(server, "chat", "else", { "Idempotency-Key": "k" })).status).toBe(409);
	await ask(`${server.url}/v1/channels/chat/messages?after=first`);
	await ask(`${server.url}/v1/channels/chat/messages?after=?`);
	await Promise.all([events.take(1), socket.next()]);
	const samples = await scrape(server);
	expect(Object.fromEntries(samples)).toMatchObject({
		'holdfast_connections{transport="sse"}': 2,
		'holdfast_connections{transport="websocket"}': 1,
		'holdfast_connections_opened_total{transport="sse"}': 2,
		'holdfast_readers{transport="websocket"}': 2,
		holdfast_late_readers: 0,
		holdfast_channels_followed: 2,
		holdfast_polls_total: 1,
		'holdfast_publishes_total{outcome="stored"}': 1,
		'holdfast_publishes_total{outcome="repeated"}': 1,
		'holdfast_publishes_total{outcome="refused"}': 1,
		holdfast_published_bytes_total: 101,
		holdfast_pending_bytes: 0,
		holdfast_deliveries_total: 3,
		holdfast_delivered_bytes_total: 303,
		'holdfast_gaps_total{reason="reset"}': 1,
		'holdfast_errors_total{code="bad_cursor"}': 1,
		'holdfast_errors_total{code="key_reused"}': 1,
		// Once a page, and both readers share it.
		holdfast_append_to_write_seconds_count: 1,
		holdfast_store_append_seconds_count: 3,
		holdfast_store_fresh: 1,
		holdfast_draining: 0,
	});
	expect(samples.get('holdfast_build_info{version="0.1.0"}')).toBe(1);
	expect(samples.get("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
	expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
	expect([...namesIn([...samples.keys()].join("\n"))].sort()).toEqual(Object.keys(metrics).sort());
	expect([...samples.keys()].join("\n")).not.toMatch(/chat|other/);
});

test("a worker that is asked answers for all, the owner of the folder too", async () => {
	const folder = temporaryFolder();
	ends.push(folder.remove);
	const server = await start("--workers", "2", "--data", folder.path);
	const opened = await Promise.all([1, 2, 3, 4].map(() => openEvents(`${server.url}/v1/channels/chat/messages`)));
	for (const events of opened) ends.push(events.close);
	for (const n of [1, 2, 3, 4]) await publish(server, "chat", n, { Connection: "close" });
	await Promise.all(opened.map((events) => events.take(6)));
	for (const _ of [1, 2]) {
		const samples = await scrape(server);
		expect(Object.fromEntries(samples)).toMatchObject({
			'holdfast_connections{transport="sse"}': 4,
			'holdfast_publishes_total{outcome="stored"}': 4,
			holdfast_deliveries_total: 16,
			holdfast_store_fresh: 1,
			'holdfast_build_info{version="0.1.0"}': 1,
		});
	}
	// One that stands still is left out, and keeps nobody waiting.
	const [stopped = 0] = teamOf(server.pid).workers;
	process.kill(stopped, "SIGSTOP");
	ends.push(() => process.kill(stopped, "SIGCONT"));
	await expect
		.poll(async () => (await Promise.race([scrape(server), late()]))?.get('holdfast_connections{transport="sse"}'))
		.toBe(2);
});

const late = () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 2000));

test("metrics are for those who administer, and an embedded server has the route only where it is given some", async () => {
	const text = "up 1\n";
	const asks: unknown[] = [];
	const world = await startWorld({
		metrics: async () => ({ type: "text/plain", text }),
		authorize(request, channel, action) {
			asks.push([channel, action]);
			return (
				request.headers.authorization === "Bearer admin" || (request.headers.authorization === undefined ? "unauthorized" : false)
			);
		},
	});
	ends.push(() => world.close());
	const as = (token?: string) =>
		ask(`${world.origin}/metrics`, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
	expect((await as()).status).toBe(401);
	expect((await as("reader")).status).toBe(403);
	expect(await as("admin")).toMatchObject({ status: 200, text });
	expect((await ask(`${world.origin}/metrics`, { method: "POST", headers: { Authorization: "Bearer admin" } })).status).toBe(405);
	expect(asks[0]).toEqual([null, "admin"]);
	const without = await startWorld();
	ends.push(() => without.close());
	expect((await ask(`${without.origin}/metrics`)).status).toBe(404);
});

test("where no rights are configured, a request that a proxy hands on may not see them", async () => {
	const server = await start("--memory");
	expect((await ask(`${server.url}/metrics`, { headers: { "X-Forwarded-For": "203.0.113.7" } })).status).toBe(403);
});

/** As far as it can be shown without a Grafana: the form that its import reads, and that each query asks for what there is. */
test("the dashboard has the form that Grafana imports, and asks for each metric of ours and no other", () => {
	const board = JSON.parse(readFileSync("docs/grafana/holdfast.json", "utf8"));
	expect(board).toMatchObject({ id: null, uid: "holdfast", title: "Holdfast", schemaVersion: expect.any(Number) });
	expect(board.templating.list.map(({ name, type }: Record<string, string>) => [name, type])).toEqual([
		["datasource", "datasource"],
		["job", "query"],
		["instance", "query"],
	]);
	const { panels } = board;
	expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
	const drawn = panels.filter(({ type }: { type: string }) => type !== "row");
	for (const { title, datasource, gridPos, targets } of drawn) {
		expect(title).toBeTruthy();
		expect(datasource).toEqual({ type: "prometheus", uid: `$${"{datasource}"}` });
		expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
		expect(targets.length).toBeGreaterThan(0);
		for (const { expr } of targets) expect(expr.split("(").length).toBe(expr.split(")").length);
	}
	const queries = drawn.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr)).join("\n");
	expect([...namesIn(queries)].sort()).toEqual(Object.keys(metrics).sort());
	for (const [name, { type }] of Object.entries(metrics)) {
		// A counter is of use by its rate alone, and only a histogram has buckets.
		expect(queries.includes(`rate(${name}{`), name).toBe(type === "counter");
		expect(queries.includes(`${name}_bucket`), name).toBe(type === "histogram");
	}
});
