/** What a command says at its end: the machine, a table, the targets; or all of it as JSON. */
import { describeMachine, type Machine, machineText } from "./machine.ts";

export interface Verdict {
	readonly target: string;
	/** What was measured, as text. */
	readonly measured: string;
	readonly met: boolean;
}

export interface Report {
	readonly title: string;
	/** Tables and sentences in the order in which they are printed. */
	readonly parts: readonly string[];
	readonly verdicts: readonly Verdict[];
	/** Everything measured, for programs. */
	readonly figures: unknown;
}

/** Prints the report; a target that was missed is told by the exit code too. */
export function printReport({ title, parts, verdicts, figures }: Report, json: boolean): void {
	const machine: Machine = describeMachine();
	if (verdicts.some(({ met }) => !met)) process.exitCode = 1;
	if (json) {
		console.log(JSON.stringify({ title, machine, figures, verdicts }, null, "\t"));
		return;
	}
	const judged = verdicts.map(({ target, measured, met }) => `${met ? "PASS" : "FAIL"}  ${target}: ${measured}`);
	console.log([`# ${title}`, machineText(machine), ...parts, judged.join("\n")].filter((part) => part !== "").join("\n\n"));
}

/** Progress, which is no part of the result. */
export function say(text: string): void {
	console.error(text);
}
