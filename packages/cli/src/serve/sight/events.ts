/** What is worth a line in the log, as one table: how grave it is and what it says. docs/monitoring.md comes from here. */

import type { LogLevel } from "../../settings/table.ts";

interface EventRow {
	readonly level: LogLevel;
	readonly sentence: string;
	/** Besides `time`, `level`, `pid`, `event` and `message`, which every line has. */
	readonly fields: readonly string[];
}

const asked = ["request_id", "method", "path", "trace_id"];

export const events = {
	listening: { level: "info", sentence: "It takes connections.", fields: ["url", "version"] },
	draining: { level: "info", sentence: "It was asked to stop, and sends its readers away.", fields: ["connections"] },
	drained: { level: "info", sentence: "All connections have ended.", fields: ["seconds"] },
	drain_cut: { level: "warn", sentence: "Connections did not leave in time and were cut.", fields: ["connections"] },
	request_failed: {
		level: "warn",
		sentence:
			"A request, an upgrade or an operation was answered with a status of 5xx that is no refusal for now. At most ten a second; the rest is counted.",
		fields: [...asked, "code", "status", "detail"],
	},
	request_refused: {
		level: "debug",
		sentence: "One was refused with any other error. What it sent is not repeated.",
		fields: [...asked, "code", "status"],
	},
	requests_refused: {
		level: "warn",
		sentence: "How many were told to come back later within ten seconds, since the server holds too much or they came too fast.",
		fields: ["counts", "seconds"],
	},
	lines_left_out: {
		level: "warn",
		sentence: "How many lines of `request_failed` were left out within ten seconds.",
		fields: ["count"],
	},
	fault: {
		level: "error",
		sentence: "Something failed that no client caused; `during` says where.",
		fields: ["during", "error", ...asked],
	},
	slow_reader: {
		level: "warn",
		sentence: "A reader made no progress and was sent away, to come back with its cursor.",
		fields: ["channel", "channels", "transport"],
	},
	damaged_record: {
		level: "error",
		sentence: "A record of the data folder cannot be read; its readers are told a gap.",
		fields: ["channel", "offset"],
	},
	certificate_renewed: { level: "warn", sentence: "New connections get another certificate.", fields: ["file"] },
	certificate_misfit: {
		level: "error",
		sentence: "The files of the certificate and of its key do not fit together; the old pair is used on.",
		fields: ["error"],
	},
	connection_ended: {
		level: "info",
		sentence:
			"A connection was ended, since its credentials have expired or been revoked, it may not stay, or an administrator said so.",
		fields: ["connection", "transport", "why"],
	},
	webhook_trouble: {
		level: "warn",
		sentence: "A webhook could not be told, or was told a gap; `hook` names it.",
		fields: ["hook", "what", "detail"],
	},
	store_stale: { level: "warn", sentence: "The log is away. Readers stay and are told.", fields: [] },
	store_fresh: { level: "warn", sentence: "The log is back, and readers have been told everything.", fields: ["seconds"] },
	process_ended: {
		level: "error",
		sentence: "With `--workers`: a process ended and another is started in its place.",
		fields: ["name", "ended", "how", "error"],
	},
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof events;

/** One line: the event, a sentence for people, and what a program may look for. */
export interface Line {
	readonly event: EventName;
	readonly text: string;
	readonly fields?: Readonly<Record<string, unknown>>;
}

export type Tell = (line: Line) => void;
