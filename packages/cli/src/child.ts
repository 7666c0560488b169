/** The edge of a process that `serve --workers` starts: the first process says what it is to be, and when it is to stop. */
import { once } from "node:events";
import { CommandError } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { endBySignal, realIo, stopSignals } from "./real-io.ts";
import { openLog, openOwner } from "./serve/open-log.ts";
import { serveLog } from "./serve/serve-log.ts";
import { joinTeam } from "./serve/sight/gather.ts";
import { openLogger } from "./serve/sight/logger.ts";
import { openMetrics, type Told } from "./serve/sight/metrics.ts";
import { tellDiagnostics } from "./serve/sight/tell-diagnostics.ts";
import type { Order, Report, Task } from "./serve/workers/task.ts";

const stop = new AbortController();
const report = (one: Report) => new Promise<void>((resolve) => process.send?.(one, () => resolve()));

let own: (() => Promise<Told>) | undefined;
const team = joinTeam(report, () => own?.());

async function run({ role, settings, version, path = "" }: Task, io: Io): Promise<void> {
	const ready = () => void report({ ready: true });
	if (role === "worker") {
		const join = (told: () => Promise<Told>) => {
			own = told;
			return team.all;
		};
		return serveLog(settings, { version, open: () => openLog(settings, path), team: join, ready }, io);
	}
	tellDiagnostics(openLogger(settings, io));
	own = openMetrics({ version }).told;
	const owner = await openOwner(settings, path);
	ready();
	if (!io.stop.aborted) await once(io.stop, "abort");
	await owner.close();
}

async function begin(task: Task): Promise<never> {
	// For `ps`.
	process.title = `holdfast ${task.role}`;
	for (const signal of stopSignals) {
		process.on(signal, () => {
			// Terminals and service managers signal all processes at once, but the workers still need the owner.
			if (task.role === "owner") return;
			if (stop.signal.aborted) endBySignal(signal);
			else stop.abort();
		});
	}
	try {
		await run(task, realIo(stop.signal));
	} catch (error) {
		if (error instanceof CommandError) await report({ failed: { exit: error.exit, message: error.message } });
		else
			await report({
				failed: { exit: "failed", message: `this is a fault of holdfast: ${error instanceof Error ? error.stack : error}` },
			});
		process.exit(1);
	}
	process.exit(0);
}

// The first process is gone. Ahead of the cluster's own listener, whose exit can wait for ever (see `endBySignal`) and keep the folder.
process.prependListener("disconnect", () => endBySignal("SIGKILL"));

// Whoever read our output has gone: the first process decides what that means.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.on("message", (order: Order) => {
	if ("task" in order) void begin(order.task);
	else if (!team.take(order)) stop.abort();
});
void report({ awake: true });
