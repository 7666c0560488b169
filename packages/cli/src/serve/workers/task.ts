/** What the first process and those that it starts say to each other. */
import type { ExitReason } from "../../exit-codes.ts";
import type { Settings } from "../../settings/resolve.ts";
import type { Told } from "../sight/metrics.ts";

/** What a process is to be: one that serves readers, or the owner of the data folder. The settings have been read once, for all. */
export interface Task {
	readonly role: "worker" | "owner";
	readonly settings: Settings;
	readonly version: string;
	/** Where the owner is; none where the log is in Redis. */
	readonly path: string | undefined;
}

/** To a process: first its task, later that it shall stop, tell its metrics, or hear those of all that it has asked for. */
export type Order =
	| { readonly task: Task }
	| { readonly stop: true }
	| { readonly gather: number }
	| { readonly scraped: number; readonly told: readonly Told[] };

/** From a process: it listens to orders, which before would be lost; it does its task; it cannot; its metrics; it wants those of all. */
export type Report =
	| { readonly awake: true }
	| { readonly ready: true }
	| { readonly gathered: number; readonly told: Told }
	| { readonly scrape: number }
	| { readonly failed: { readonly exit: ExitReason; readonly message: string } };
