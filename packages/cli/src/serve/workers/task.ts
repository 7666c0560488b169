/** What the first process and those that it starts say to each other. */
import type { ExitReason } from "../../exit-codes.ts";
import type { Settings } from "../../settings/resolve.ts";

/** What a process is to be: one that serves readers, or the owner of the data folder. The settings have been read once, for all. */
export interface Task {
	readonly role: "worker" | "owner";
	readonly settings: Settings;
	/** Where the owner is; none where the log is in Redis. */
	readonly path: string | undefined;
}

/** To a process: first its task, later that it shall stop. */
export type Order = { readonly task: Task } | { readonly stop: true };

/** From a process: it listens to orders, which before would be lost; it does its task; it cannot. */
export type Report =
	| { readonly awake: true }
	| { readonly ready: true }
	| { readonly failed: { readonly exit: ExitReason; readonly message: string } };
