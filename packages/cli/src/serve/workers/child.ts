/** A process that the first one starts, as the first one sees it. */
import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import type { Order, Report, Task } from "./task.ts";

export interface Ended {
	/** As one says it: `killed by SIGKILL`, `with exit code 1`. */
	readonly how: string;
	/** Why it could not do its task, where it said so. */
	readonly failed: Extract<Report, { failed: unknown }>["failed"] | undefined;
}

export interface Child {
	readonly pid: number;
	/** Resolves when it does its task; never, when it has ended before. */
	readonly ready: Promise<void>;
	readonly ended: Promise<Ended>;
	stop(): void;
	kill(): void;
}

export type StartChild = (task: Task) => Child;

/** Of node's cluster, so that the workers share a port. The owner listens to none. */
export const startChild: StartChild = (task) => {
	cluster.setupPrimary({ exec: fileURLToPath(new URL("./child.js", import.meta.url)), args: [] });
	const child = cluster.fork();
	closeHanded(child);
	let failed: Ended["failed"];
	let isAwake = () => {};
	let isReady = () => {};
	const awake = new Promise<void>((resolve) => {
		isAwake = resolve;
	});
	const ready = new Promise<void>((resolve) => {
		isReady = resolve;
	});
	child.on("message", (report: Report) => {
		if ("awake" in report) isAwake();
		else if ("ready" in report) isReady();
		else if ("failed" in report) failed = report.failed;
	});
	const order = async (one: Order) => {
		await awake;
		// One that is just ending cannot be told any more, and need not be.
		if (child.isConnected()) child.send(one, () => undefined);
	};
	const ended = new Promise<Ended>((resolve) => {
		child.once("exit", (code: number | null, signal: string | null) => {
			resolve({ how: signal === null ? `with exit code ${code}` : `killed by ${signal}`, failed });
		});
	});
	child.on("error", () => undefined);
	void order({ task });
	return {
		pid: child.process.pid ?? 0,
		ready,
		ended,
		stop: () => void order({ stop: true }),
		kill: () => child.process.kill("SIGKILL"),
	};
};

/** What the cluster says within: a connection goes to a worker, and that one answers. */
interface Handing {
	readonly act?: string;
	readonly seq?: number;
	readonly ack?: number;
}

/**
 * A connection that is just being handed to a worker is closed when that one dies, or was dead already. The cluster keeps its own end
 * until the worker has answered, which would be for ever (nodejs/node#21746 is of the same kind): whoever had connected would have no
 * answer and no end.
 */
function closeHanded({ process }: Worker): void {
	let handed: { readonly seq: number | undefined; readonly connection: { close(): void } } | undefined;
	const send = process.send.bind(process) as (...args: unknown[]) => boolean;
	process.send = (...args: readonly unknown[]) => {
		const [{ act, seq }, connection] = args as [Handing, { close(): void }];
		// One at a time.
		if (act === "newconn") handed = { seq, connection };
		return send(...args);
	};
	process.on("internalMessage", ({ ack }: Handing) => {
		// It is the worker's, or goes to another one.
		if (ack === handed?.seq) handed = undefined;
	});
	const close = () => handed?.connection.close();
	// In either order, and until the later one it may be handed connections still.
	process.once("exit", close).once("disconnect", close);
}
