/** The system calls of running processes, in the order in which the kernel saw them begin and end (strace). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export interface SystemCall {
	readonly name: string;
	/** The text of its arguments, file descriptors with the path behind them. */
	readonly text: string;
	/** Positions in the trace, comparable among all threads. */
	readonly begin: number;
	readonly end: number;
}

const writes = "write,writev,sendmsg,sendto,pwrite64,pwritev,pwritev2";
const flushes = "fdatasync,fsync,msync";

/** Long enough for an answer to get ahead of a flush, where nothing holds it back; in microseconds. */
const flushDelay = 30_000;

/** Traces `pids` while `run` runs, with flushes that are slow to begin. */
export async function traceSystemCalls(pids: readonly number[], file: string, run: () => Promise<void>): Promise<SystemCall[]> {
	const trace = ["-e", `trace=${writes},${flushes}`, "-e", `inject=${flushes}:delay_enter=${flushDelay}`];
	const traced = pids.flatMap((pid) => ["-p", `${pid}`]);
	const strace = spawn("strace", ["-f", "-y", "-s", "100000", ...trace, "-o", file, ...traced]);
	const ended = once(strace, "close");
	let said = "";
	await new Promise<void>((resolve, reject) => {
		strace.stderr.on("data", (chunk) => {
			said += chunk;
			if (pids.every((pid) => said.includes(`Process ${pid} attached`))) resolve();
		});
		strace.once("error", reject).once("close", () => reject(new Error(`strace ended: ${said}`)));
	});
	try {
		await run();
		// A client has its answer before the tracer has seen the call return that sent it.
		await new Promise((resolve) => setTimeout(resolve, 200));
	} finally {
		strace.kill("SIGINT");
		await ended;
	}
	return parseTrace(readFileSync(file, "latin1"));
}

function parseTrace(text: string): SystemCall[] {
	const calls: SystemCall[] = [];
	/** By thread, what has begun and not ended. */
	const open = new Map<string, { name: string; text: string; begin: number }>();
	for (const [at, line] of text.split("\n").entries()) {
		const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
		const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest);
		if (resumed !== null) {
			const begun = open.get(thread);
			open.delete(thread);
			if (begun !== undefined && succeeded(rest)) calls.push({ ...begun, end: at });
			continue;
		}
		const [, name, more = ""] = /^(\w+)\((.*)$/.exec(rest) ?? [];
		if (name === undefined) continue;
		if (more.endsWith("<unfinished ...>")) open.set(thread, { name, text: more, begin: at });
		else if (succeeded(rest)) calls.push({ name, text: more, begin: at, end: at });
	}
	return calls;
}

/** What failed flushed and sent nothing. */
function succeeded(line: string): boolean {
	return /\) += (\d+|0x\w+)( \(DELAYED\))?$/.test(line);
}
