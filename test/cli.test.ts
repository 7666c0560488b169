/** `holdfast serve` as people and supervisors use it: settings, signals and exit codes. */
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeChannel, folder, holdfast, holdfastDone, serve, transports } from "./command.ts";

/** A WebSocket that is asked to close and does not answer. */
async function silentSocket(port: string): Promise<Socket> {
	const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
	const handshake = "GET /v1/channels/chat/messages HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
	socket.write(`${handshake}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
	await once(socket, "data");
	return socket;
}

test("without a build there is nothing to try", () => {
	expect(existsSync("packages/cli/dist/main.js"), "run npm run build first").toBe(true);
});

describe("serve", () => {
	test("says where it listens and what it keeps, and ends on SIGTERM with 0", async () => {
		const server = await serve("--memory", "--retention-age", "2h");
		expect(server.out()).toContain("keeps the newest 10000 messages, 64MiB or 2h a channel, in memory");
		expect((await fetch(server.url)).headers.get("content-type")).toBe("text/html; charset=utf-8");
		server.child.kill("SIGTERM");
		expect(await server.ended).toBe(0);
		expect(server.err()).toBe("");
	});

	test("on SIGINT sends readers away and ends with 0, soon", async () => {
		const server = await serve("--memory");
		const single = transports.filter((name) => name !== "auto");
		const readers = single.map((name) => holdfast(["tail", "chat", "--transport", name, "--url", server.url]));
		const counts = async () => (await describeChannel(server.url, "chat")).readers;
		await expect.poll(counts, { timeout: 10_000 }).toMatchObject({ longPoll: 1, sse: 1, websocket: 1 });
		server.child.kill("SIGINT");
		const began = Date.now();
		expect(await server.ended).toBe(0);
		expect(Date.now() - began).toBeLessThan(5000);
		await expect.poll(() => readers[2]?.err()).toMatch(/holdfast: .*draining.*; trying again\n/);
		await expect.poll(() => readers[3]?.err()).toMatch(/holdfast: .*Closed with 4001.*; trying again\n/);
	});

	test("takes settings from a file, the environment and flags, in that order", async () => {
		const config = join(folder, "holdfast.json");
		writeFileSync(config, JSON.stringify({ retentionMessages: 1, retentionAge: "1h", idempotencyWindow: "1m" }));
		const server = holdfast(["serve", "--memory", "--port", "0", "--retention-age", "3h"], {
			HOLDFAST_CONFIG: config,
			HOLDFAST_RETENTION_MESSAGES: "7",
		});
		await expect.poll(server.out, { timeout: 10_000 }).toContain("keeps the newest 7 messages, 64MiB or 3h a channel");
	});

	test.each([
		[["--prot", "1"], {}, "unknown option '--prot'\n(Did you mean --port?)"],
		[["--port", "99999"], {}, "--port takes a port from 0 to 65535"],
		[["--ping-interval", "25 apples"], {}, "--ping-interval takes a time such as 500ms"],
		[["--config", "nowhere.json"], {}, "cannot read the config file nowhere.json"],
		[[], { HOLDFAST_PROT: "1" }, "unknown environment variable HOLDFAST_PROT (did you mean HOLDFAST_PORT?)"],
	])("%j with %j is exit code 2 and one clear line", async (arguments_, env, line) => {
		const { code, out, err } = await holdfastDone(["serve", ...arguments_], env);
		expect([code, out]).toEqual([2, ""]);
		expect(err).toContain(line);
	});

	test("a port in use is exit code 4 and one clear line", async () => {
		const other = createServer().listen(0, "127.0.0.1");
		await once(other, "listening");
		const { port } = other.address() as { port: number };
		const { code, err } = await holdfastDone(["serve", "--memory", "--port", String(port)]);
		expect([code, err]).toEqual([4, `holdfast: cannot listen on 127.0.0.1 port ${port}: the port is in use\n`]);
		other.close();
	});

	test("a folder that another process owns is exit code 4 and one clear line", async () => {
		const data = join(folder, "owned");
		await serve("--data", data);
		const { code, err } = await holdfastDone(["serve", "--port", "0", "--data", data]);
		expect(code).toBe(4);
		expect(err).toMatch(/^holdfast: cannot open the data folder .* is in use by process \d+.*\n$/);
	});

	test("a folder that cannot be made is exit code 4 and one clear line", async () => {
		writeFileSync(join(folder, "file"), "");
		const { code, err } = await holdfastDone(["serve", "--port", "0", "--data", join(folder, "file", "data")]);
		expect(code).toBe(4);
		expect(err).toMatch(/^holdfast: cannot open the data folder .*\n$/);
	});

	test("a folder without permission is exit code 4 and one clear line", async () => {
		// Not even root may make folders there.
		const { code, err } = await holdfastDone(["serve", "--port", "0", "--data", "/sys/holdfast"]);
		expect(code).toBe(4);
		expect(err).toMatch(/^holdfast: cannot open the data folder \/sys\/holdfast: .*\n$/);
	});

	test("whoever does not leave in time is cut, and it still ends with 0", async () => {
		const server = await serve("--memory", "--drain-time", "1s");
		const silent = await silentSocket(server.port);
		server.child.kill("SIGTERM");
		const began = Date.now();
		expect(await server.ended).toBe(0);
		expect(Date.now() - began).toBeLessThan(4000);
		silent.destroy();
	});

	test("a second signal ends it at once, whoever has not left yet", async () => {
		const server = await serve("--memory");
		const silent = await silentSocket(server.port);
		server.child.kill("SIGTERM");
		await expect.poll(server.out, { timeout: 10_000 }).toContain("stopping");
		server.child.kill("SIGINT");
		// To a shell that is 130.
		expect(await server.ended).toBe("SIGINT");
		silent.destroy();
	});
});
