/** What the built command writes to standard error: a line an event, and never a secret. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type EventName, events } from "../../packages/cli/src/serve/sight/events.ts";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { teamOf } from "../support/team.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(...args: string[]): Promise<RunningServer> {
	const server = await startServer({ args });
	ends.push(() => server.kill());
	return server;
}

function folder(): string {
	const { path, remove } = temporaryFolder();
	ends.push(remove);
	return path;
}

/** Every line is JSON, with what every line has. */
function linesOf({ errors }: RunningServer): Record<string, unknown>[] {
	return errors.map((line) => {
		const fields = JSON.parse(line);
		const row = events[fields.event as EventName];
		const { time, level, pid, event, message, ...others } = fields;
		expect(Date.parse(time)).toBeGreaterThan(0);
		expect([typeof pid, typeof message, level]).toEqual(["number", "string", row.level]);
		for (const name of Object.keys(others)) expect(row.fields, `${event} has ${name}`).toContain(name);
		return fields;
	});
}

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const secret = "s3cr3t";
/** Everything that a client may say in confidence, in one request. */
const confidence = {
	Authorization: `Bearer ${secret}`,
	Cookie: `session=${secret}`,
	"Idempotency-Key": secret,
	traceparent: `00-${trace}-00f067aa0ba902b7-01`,
};

test("each failure of ours has a line that the answer's id finds, with the trace it is part of; what a client is told to repeat is counted", async () => {
	const server = await start("--memory", "--log", "json", "--max-store-bytes", "1MiB", "--max-connections", "1");
	const at = `${server.url}/v1/channels/full/messages?ticket=${secret}&event=e`;
	const publish = () =>
		ask(at, {
			body: "x".repeat(60_000),
			headers: { ...confidence, "Idempotency-Key": `${Math.random()}`, "Content-Type": "text/plain" },
		});
	let answer = await publish();
	for (let n = 0; n < 30 && answer.status === 201; n++) answer = await publish();
	expect(answer.status).toBe(507);
	const id = answer.headers["x-request-id"];
	expect(id).toMatch(/^[0-9a-z]+$/);
	for (let n = 0; n < 15; n++) await publish();
	const stays = await openEvents(at);
	ends.push(stays.close);
	expect((await ask(`${server.url}/v1/channels/full/messages?wait=1`)).headers["x-request-id"]).toBeDefined();
	expect((await ask(`${server.url}/v1/channels/full/messages?after=no`)).headers["x-request-id"]).toBeUndefined();
	expect(await server.kill("SIGTERM")).toBe(0);
	const lines = linesOf(server);
	expect(lines.find(({ request_id }) => request_id === id)).toMatchObject({
		event: "request_failed",
		method: "POST",
		path: "/v1/channels/full/messages",
		code: "disk_full",
		status: 507,
		trace_id: trace,
	});
	const named = (name: EventName) => lines.filter(({ event }) => event === name);
	expect(named("request_failed").length + Number(named("lines_left_out")[0]?.["count"] ?? 0)).toBe(16);
	expect(named("requests_refused")).toMatchObject([{ counts: { overloaded: 1 } }]);
	expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(["listening", "draining", "drained"]));
	expect(named("request_refused")).toEqual([]);
	expect(server.lines[0]).toMatch(/^holdfast \S+ listening on http:/);
});

test("no token, ticket, cookie, query or data stands in any line, whatever fails", async () => {
	const app = join(folder(), "app.mjs");
	writeFileSync(
		app,
		`export function app({ holdfast }) {
			const message = ({ data }) => { throw new Error("cannot use Bearer ${secret} of https://a:${secret}@b/c?ticket=${secret} token=${secret}\\nat eyJ${secret}.x.y"); };
			holdfast.subscribe("broken", { message });
			return { handle: (request, response) => response.writeHead(404).end() };
		}`,
	);
	const args = ["--stall-timeout", "100ms", "--outbound-bytes", "4KiB", "--max-message-bytes", "64KiB", "--app", app];
	const server = await start("--memory", "--log", "json", "--log-level", "debug", ...args);
	const post = (path: string, body: string, type = "application/json") =>
		ask(`${server.url}${path}`, { body, headers: { ...confidence, "Content-Type": type } });
	await post(`/v1/channels/broken/messages?ticket=${secret}`, JSON.stringify(secret));
	expect((await post("/v1/channels/c/messages", `{"${secret}`)).json.code).toBe("bad_json");
	expect((await post("/v1/channels/c/messages", secret.repeat(20_000))).status).toBe(413);
	expect((await post("/v1/channels/broken/messages", '"else"')).status).toBe(409);
	expect((await post("/v1/messages", `[{"channel":"$x","data":"${secret}"}, "${secret}"]`)).status).toBe(201);
	expect((await ask(`${server.url}/v1/channels/c/messages?after=${secret}&ticket=${secret}`)).status).toBe(400);
	expect(
		(await ask(`${server.url}/metrics?ticket=${secret}`, { headers: { ...confidence, Forwarded: "for=1.2.3.4" } })).status,
	).toBe(403);
	const socket = await openSocket(`${server.url.replace("http", "ws")}/v1/socket?ticket=${secret}`, {
		protocol: "holdfast.v1",
		headers: confidence,
	});
	ends.push(socket.close);
	socket.send(`{"op":"${secret}"`);
	socket.send({ op: "publish", ref: 1, channel: "$x", data: secret, key: secret });
	socket.send({ op: "auth", ref: 2, token: secret });
	const { session } = (await socket.take(4))[0];
	// One that never reads.
	const deaf = connect(server.port, "127.0.0.1").pause();
	ends.push(() => deaf.destroy());
	deaf.write(
		`GET /v1/channels/flood/messages?ticket=${secret} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
	);
	const flood = JSON.stringify(Array.from({ length: 200 }, () => ({ channel: "flood", data: secret.repeat(800) })));
	const slow = () => linesOf(server).some(({ event }) => event === "slow_reader");
	for (let n = 0; n < 40 && !slow(); n++) await post("/v1/messages", flood);
	await expect.poll(slow, { timeout: 10_000 }).toBe(true);
	const lines = linesOf(server);
	expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(["listening", "fault", "request_refused", "slow_reader"]));
	expect(lines.find(({ event }) => event === "fault")).toMatchObject({
		during: "subscribe",
		error: "cannot use Bearer [secret] of https://[secret]@b/c?[query] token=[secret]\\nat [token]",
	});
	expect(lines.filter(({ request_id }) => request_id === session).map(({ code }) => code)).toEqual(["bad_json", "forbidden"]);
	expect(lines.filter(({ trace_id }) => trace_id === trace).length).toBeGreaterThan(3);
	expect([...server.errors, ...server.lines].join("\n")).not.toContain(secret);
});

test("with workers each process writes its own lines: one that dies, and the log that is away meanwhile", async () => {
	const server = await start("--workers", "2", "--data", folder(), "--log", "json");
	process.kill(teamOf(server.pid).owner ?? 0, "SIGKILL");
	const named = (name: EventName) => linesOf(server).filter(({ event }) => event === name);
	await expect.poll(() => named("store_fresh").length, { timeout: 20_000 }).toBe(2);
	expect(named("store_stale").length).toBe(2);
	expect(named("process_ended")).toMatchObject([{ name: "the owner of the data folder", how: "killed by SIGKILL" }]);
	expect(new Set(linesOf(server).map(({ pid }) => pid)).size).toBe(3);
	expect(await server.kill("SIGTERM")).toBe(0);
});
