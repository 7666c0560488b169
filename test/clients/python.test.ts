/** Debian's python3-websocket, against the built command. `scripts/setup-tests.sh` installs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { publish } from "../support/publish.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
beforeEach(async () => {
	server = await startServer({ args: ["--memory", "--drain-time", "1s"] });
});
afterEach(() => server.kill());

/** What it tells, line by line. */
async function* python(script: string): AsyncGenerator<unknown[], void> {
	const ws = server.url.replace("http", "ws");
	const path = fileURLToPath(new URL(script, import.meta.url));
	const child = spawn("/usr/bin/python3", [path, `${ws}/v1/channels/py/messages`, `${ws}/v1/socket`]);
	const errors = failure(child);
	for await (const line of createInterface(child.stdout)) yield JSON.parse(line);
	await errors;
}

async function failure(child: ChildProcess): Promise<void> {
	let text = "";
	child.stderr?.on("data", (chunk) => {
		text += chunk;
	});
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`Python ended with ${code}: ${text}`);
}

test("create_connection, send, recv and close, on both forms", async () => {
	const first = await publish(server.url, "py", { n: 1 });
	const told: Record<string, unknown> = {};
	for await (const [name, value] of python("calls.py")) told[String(name)] = value;

	const before = first.id.replace(/-1$/, "-0");
	expect(told["plain past"]).toEqual([
		{ op: "open", next: before },
		{ ...first, data: { n: 1 } },
		{ op: "live", next: first.id },
	]);
	expect(told["plain sent"]).toMatchObject([
		{ data: "plain text" },
		{ data: { a: [1, null] } },
		{ data: "AP8=", encoding: "base64" },
	]);
	expect(told["plain pong"]).toBe("still there?");
	expect(told["plain closed"]).toBe(false);
	expect(told["full subprotocol"]).toBe("holdfast.v1");
	expect(told["full hello"]).toEqual({ op: "hello", session: expect.any(String), heartbeat: 25 });
	expect(told["full subscribed"]).toMatchObject([
		{ op: "ok", ref: 1 },
		{ op: "message", data: "AP8=" },
		{ op: "live", channel: "py" },
	]);
	const published = told["full published"] as { op: string }[];
	expect(published.find(({ op }) => op === "ok")).toMatchObject({ ref: 2, id: expect.any(String) });
	expect(published.find(({ op }) => op === "message")).toMatchObject({ channel: "py", data: "from full" });
	expect(told["full pong"]).toEqual({ op: "pong", ref: 3 });
	expect(told["full error"]).toMatchObject({ op: "error", code: "bad_json" });
	expect(told["full without subprotocol"]).toBe(400);
	expect(told["too large"]).toEqual([8, 4513, "too_large"]);
});

test("WebSocketApp with callbacks, on both forms, until the server goes away", async () => {
	await publish(server.url, "py", "past");
	const told: unknown[][] = [];
	for await (const line of python("callbacks.py")) {
		told.push(line);
		// Its own message has come back: now the server leaves, and says so.
		if (line[0] === "full message" && (line[1] as { op: string }).op === "message") await server.kill("SIGTERM");
	}
	const plain = told.filter(([name]) => name === "plain message").map(([, frame]) => frame);
	expect(told[0]).toEqual(["plain open"]);
	expect(plain).toMatchObject([{ op: "open" }, { data: "past" }, { op: "live" }, { data: "by callback" }]);
	const ops = told.filter(([name]) => name === "full message").map(([, frame]) => (frame as { op: string }).op);
	expect(ops.slice(0, 3)).toEqual(["hello", "ok", "live"]);
	expect(ops.slice(3, 5).sort()).toEqual(["message", "ok"]);
	expect(ops[5]).toBe("goaway");
	expect(told.at(-1)).toEqual(["full close", 4001]);
	expect(told.filter(([name]) => String(name).endsWith("error"))).toEqual([]);
});
