/** Lines on standard error: words for people, or JSON for programs. */
import { pino, stdTimeFunctions } from "pino";
import { type Io, say } from "../../io.ts";
import type { Settings } from "../../settings/resolve.ts";
import { logLevels } from "../../settings/table.ts";
import { events, type Tell } from "./events.ts";

export function openLogger({ log, logLevel }: Pick<Settings, "log" | "logLevel">, { stderr }: Pick<Io, "stderr">): Tell {
	if (log === "text") {
		const least = logLevels.indexOf(logLevel);
		return ({ event, text }) => {
			if (logLevels.indexOf(events[event].level) >= least) say(stderr, `holdfast: ${text}`);
		};
	}
	const logger = pino(
		{
			level: logLevel,
			messageKey: "message",
			base: { pid: process.pid },
			timestamp: stdTimeFunctions.isoTime,
			formatters: { level: (level) => ({ level }) },
		},
		stderr,
	);
	return ({ event, text, fields }) => logger[events[event].level]({ event, ...fields }, text);
}
