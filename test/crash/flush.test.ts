/** An answer to a publish leaves only after the flush that follows the write of its data; the kernel itself is asked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { teamOf } from "../support/team.ts";
import { type SystemCall, traceSystemCalls } from "./system-calls.ts";

let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer | undefined;
beforeEach(() => {
	folder = temporaryFolder();
});
afterEach(async () => {
	await server?.kill("SIGTERM");
	folder.remove();
});

const markers = Array.from({ length: 20 }, (_, n) => `needle-${n}-x`);
const isAnswer = ({ text }: SystemCall) => text.includes("HTTP/1.1 201") || text.includes('"op\\":\\"ok\\"');

/** Publishes the markers one after another, over HTTP and by a socket, with a reader beside; gives what the kernel saw. */
async function tracePublishes(
	durability: string,
	...args: readonly string[]
): Promise<{ calls: SystemCall[]; isDurable: (call: SystemCall) => boolean }> {
	server = await startServer({ args: ["--data", folder.path, "--durability", durability, ...args] });
	const { url } = server;
	const { owner: pid = server.pid, workers } = teamOf(server.pid);
	const at = `${url}/v1/channels/traced/messages`;
	await ask(at, { body: ["warm"] });
	const stream = await openEvents(at);
	const socket = await openSocket(`${url}/v1/socket`, { protocol: "holdfast.v1" });
	await stream.take(2);
	await socket.next();
	const calls = await traceSystemCalls([pid, ...workers], join(folder.path, "trace.txt"), async () => {
		for (const [n, marker] of markers.entries()) {
			if (n % 2 === 0) {
				expect((await ask(at, { body: [marker] })).status).toBe(201);
			} else {
				socket.send({ op: "publish", channel: "traced", data: [marker] });
				expect((await socket.next()).op).toBe("ok");
			}
			expect((await stream.next())?.data).toContain(marker);
		}
	});
	const flags = new Map<string, boolean>();
	return {
		calls,
		// LMDB writes what makes a transaction count by a descriptor that the kernel flushes with each write.
		isDurable({ text }) {
			const [fd = ""] = text.split("<", 1);
			if (!flags.has(fd)) flags.set(fd, isSynchronous(pid, fd));
			return flags.get(fd) === true;
		},
	};
}

function isSynchronous(pid: number, fd: string): boolean {
	const [, flags = "0"] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")) ?? [];
	const dsync = 0o10000;
	return (Number.parseInt(flags, 8) & dsync) !== 0;
}

const isData = ({ name, text }: SystemCall) => /write/.test(name) && /^\d+<[^>]*data\.mdb>/.test(text);
const isFlush = ({ name, text }: SystemCall) => /^(fdatasync|fsync|msync)$/.test(name) && /data\.mdb|^0x/.test(text);
/** To a client; what a worker asks of the owner leaves nobody. */
const isSocket = ({ text }: SystemCall) => /^\d+<(socket|TCP)/.test(text) && !text.includes('\\"call\\":\\"append\\"');

/** For each marker: the write of its data, the flush that follows it, the commit behind that, and all that left for clients. */
function story({ calls, isDurable }: Awaited<ReturnType<typeof tracePublishes>>) {
	let from = -1;
	return markers.map((marker) => {
		const written = calls.find((call) => call.begin > from && isData(call) && call.text.includes(marker));
		const flushed = calls.find((call) => isFlush(call) && call.begin > (written?.end ?? Number.POSITIVE_INFINITY));
		const committed = calls.find(
			(call) => isData(call) && isDurable(call) && call.begin > (flushed?.end ?? Number.POSITIVE_INFINITY),
		);
		const answer = calls.find((call) => call.begin > from && isSocket(call) && isAnswer(call));
		const delivered = calls.find((call) => call.begin > from && isSocket(call) && call.text.includes(marker));
		if (written === undefined || answer === undefined || delivered === undefined) throw new Error(`the trace holds no ${marker}`);
		from = Math.max(answer.end, delivered.end);
		return {
			marker,
			written: written.end,
			flushed: flushed?.end,
			committed: committed?.end,
			leaves: Math.min(answer.begin, delivered.begin),
		};
	});
}

test.each([
	["one process", []],
	["an owner and two workers", ["--workers", "2"]],
])("by default nothing leaves %s, to the publisher or to a reader, before its data is flushed and committed", async (_, args) => {
	for (const { marker, flushed, committed, leaves } of story(await tracePublishes("disk", ...args))) {
		expect(flushed, marker).toBeLessThan(leaves);
		expect(committed, marker).toBeLessThan(leaves);
	}
});

test("without durability answers leave before any flush, so the test above can fail", async () => {
	const early = story(await tracePublishes("none")).filter(({ flushed, leaves }) => flushed === undefined || flushed > leaves);
	expect(early.length).toBeGreaterThan(markers.length / 2);
});
