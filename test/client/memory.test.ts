/** What a client leaves behind: in a Node process of its own, with the built package, against a real server. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { memoryLog } from "@holdfast/server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";

const total = 200_000;
/** By then everything has been compiled and every buffer has its size. */
const warm = 50_000;
/** Bytes that may be more in use then: less than 5 a message, so that not even a number is kept of each. */
const growth = 700_000;

let world: World;
/** The connections on which something was asked. Node's fetch opens another one for each it aborts, and closes it unused. */
const connections = new Set<Duplex>();
beforeAll(async () => {
	world = await startWorld({ log: memoryLog({ retentionMessages: total }) });
	// An idle connection that Node's fetch keeps for its next request is none of the client's.
	world.server.keepAliveTimeout = 1;
	for (const event of ["request", "upgrade"]) {
		world.server.on(event, ({ socket }: IncomingMessage) => {
			connections.add(socket);
			socket.once("close", () => connections.delete(socket));
		});
	}
});
afterAll(() => world.close());

const children = new Set<ChildProcess>();
afterEach(() => {
	for (const child of children) child.kill("SIGKILL");
	children.clear();
});

/** Runs a module that imports the client; it gets the server's address as `url`, and what is `given`. */
function run(script: string, given: Readonly<Record<string, unknown>>): ChildProcess {
	const values = Object.entries({ url: world.origin, ...given }).map(
		([name, value]) => `const ${name} = ${JSON.stringify(value)};`,
	);
	const code = `import { connect } from "@holdfast/client";\nimport { getEventListeners } from "node:events";\n${values.join("\n")}\n${script}`;
	const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", code], {
		stdio: ["ignore", "inherit", "inherit", "ipc"],
	});
	children.add(child);
	return child;
}

/** The next thing that the process tells. */
async function told<T>(child: ChildProcess): Promise<T> {
	const over = once(child, "exit").then(([code, signal]) => {
		throw new Error(`The process ended early, with ${code ?? signal}`);
	});
	const [message] = await Promise.race([once(child, "message"), over]);
	return message as T;
}

describe("memory", () => {
	/** Receives everything in order; with `keeps` it is a reader that leaks a number a message. */
	const reader = `
		let received = 0;
		const kept = [];
		/** More than once: buffers are given back after the collection that finds them. */
		const measure = (rounds) => {
			gc();
			const { heapUsed, external } = process.memoryUsage();
			if (rounds > 0) setTimeout(measure, 50, rounds - 1);
			else process.send(heapUsed + external);
		};
		const holdfast = connect(url, { transports: [way] });
		holdfast.on("error", (error) => { throw error; });
		holdfast.channel("numbers").subscribe(({ data }) => {
			if (data.n !== received) throw new Error(data.n + " came for " + received);
			received += 1;
			if (keeps) kept.push(received);
			if (received === warm || received === total) setTimeout(measure, 300, 3);
		}, { onBegin: () => process.send("begun") });
	`;

	async function publish(from: number, to: number): Promise<void> {
		for (let n = from; n < to; n += 1000) {
			const batch = Array.from({ length: 1000 }, (_, i) => ({ n: n + i, text: "as long as messages are in a chat" }));
			await Promise.all(batch.map((data) => world.holdfast.publish("numbers", data)));
		}
	}

	test(`stays as it was from ${warm} received messages to ${total}, and the measure would notice if it did not`, async () => {
		const readers = [
			["websocket", false],
			["sse", false],
			["websocket", true],
		] as const;
		const processes = readers.map(([way, keeps]) => run(reader, { way, keeps, warm, total }));
		const each = <T>() => Promise.all(processes.map((child) => told<T>(child)));
		expect(await each()).toEqual(["begun", "begun", "begun"]);
		const [early] = await Promise.all([each<number>(), publish(0, warm)]);
		const [late] = await Promise.all([each<number>(), publish(warm, total)]);
		const [websocket = Number.NaN, sse = Number.NaN, leaking = Number.NaN] = late.map((bytes, i) => bytes - (early[i] ?? 0));
		expect(websocket).toBeLessThan(growth);
		expect(sse).toBeLessThan(growth);
		expect(leaking).toBeGreaterThan(growth);
	});
});

describe.each(["websocket", "sse", "long-poll", "short-poll", undefined])("over %s", (way) => {
	/** Reads one message and leaves when it is told to. Only the channel to its parent holds it then. */
	const leaver = `
		const page = new EventTarget();
		globalThis.addEventListener = (...how) => page.addEventListener(...how);
		const types = ["online", "offline", "pageshow", "pagehide", "visibilitychange"];
		const count = () => types.flatMap((type) => getEventListeners(page, type)).length;
		const holdfast = connect(url, { transports });
		const unsubscribe = holdfast.channel(channel).subscribe(() => process.send("received"), { after: "first" });
		process.on("message", (what) => {
			const before = count();
			if (what === "leave") unsubscribe();
			else holdfast.close();
			process.send({ state: holdfast.state, listeners: count(), before });
		});
	`;
	// A busy machine is slow to count.
	const patience = { timeout: 5000 };
	const nobody = { poll: 0, longPoll: 0, sse: 0, websocket: 0 };

	async function start(channel: string): Promise<ChildProcess> {
		await world.holdfast.publish(channel, "hello");
		const child = run(leaver, { channel, transports: way && [way] });
		expect(await told(child)).toBe("received");
		return child;
	}

	async function tell(
		child: ChildProcess,
		what: "leave" | "close",
	): Promise<{ state: string; listeners: number; before: number }> {
		child.send(what);
		return await told(child);
	}

	async function endsByItself(child: ChildProcess): Promise<void> {
		child.disconnect();
		expect(await once(child, "exit", { signal: AbortSignal.timeout(2000) })).toEqual([0, null]);
	}

	test("unsubscribing and closing leaves no listener and nothing that would keep a process", async () => {
		const child = await start(`closed-${way}`);
		await tell(child, "leave");
		expect(await tell(child, "close")).toMatchObject({ state: "closed", listeners: 0 });
		await endsByItself(child);
	});

	test("unsubscribing alone leaves no reader, no connection and nothing that would keep a process", async () => {
		const channel = `left-${way}`;
		const readers = async () => (await ask(`${world.origin}/v1/channels/${channel}`)).json.readers;
		const child = await start(channel);
		// Between two short polls nobody is there.
		if (way !== "short-poll") await expect.poll(readers, patience).not.toEqual(nobody);
		const { state, listeners, before } = await tell(child, "leave");
		expect({ state, listeners, before }).toEqual({ state: "idle", listeners: 0, before: 5 });
		await expect.poll(readers, patience).toEqual(nobody);
		await expect.poll(() => connections.size, patience).toBe(0);
		await endsByItself(child);
	});
});
