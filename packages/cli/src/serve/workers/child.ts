/** A process that the first one starts, as the first one sees it. */
import cluster from "node:cluster";
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
