/** What every command takes. */
import { parseArgs } from "node:util";
import { type Target, targets } from "../targets.ts";

export interface Options {
	readonly json: boolean;
	readonly repetitions: number;
	readonly readers: number;
	/** Of one measured run. */
	readonly milliseconds: number;
	readonly targets: readonly Target[];
	/** Whether each server writes a CPU profile into `bench/results/tmp`. */
	readonly profile: boolean;
}

export function readOptions(defaults: { repetitions: number; readers: number; seconds: number }): Options {
	const { values } = parseArgs({
		options: {
			json: { type: "boolean", default: false },
			repetitions: { type: "string", default: String(defaults.repetitions) },
			readers: { type: "string", default: String(defaults.readers) },
			seconds: { type: "string", default: String(defaults.seconds) },
			only: { type: "string", default: "" },
			profile: { type: "boolean", default: false },
		},
	});
	return {
		json: values.json,
		repetitions: Number(values.repetitions),
		readers: Number(values.readers),
		milliseconds: Number(values.seconds) * 1000,
		targets: targets.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase())),
		profile: values.profile,
	};
}
