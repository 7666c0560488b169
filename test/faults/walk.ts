/** Whether one reader was told all of a channel that is kept behind its start, once, in order, and with each break told. */
import { type Cursor, formatCursor } from "@holdfast/protocol";
import type { FinalLog } from "./final-log.ts";
import type { Stretch, Walk } from "./history.ts";

export function checkWalk({ reader, channel, start, told }: Walk, log: FinalLog): string[] {
	const wrong: string[] = [];
	const say = (what: string) => wrong.push(`${channel}: ${reader} ${what}`);
	const stretches: Stretch[] = [];
	/** Where it stood was lost, and it was told so: then it may be told again what it had, by the log that is left or one that is not. */
	let setBack = false;
	/** Undefined: somewhere, as a gap told. */
	let at: Cursor | "first" | undefined = start;
	for (const item of told) {
		if ("reason" in item) {
			if (!item.losable)
				say(`was told a gap (${item.reason}) to ${item.next ? formatCursor(item.next) : "somewhere"}, where nothing was lost`);
			else if (item.reason !== "reset" && item.reason !== "unknown") say(`was told a gap that is none: ${item.reason}`);
			setBack ||= item.losing;
			setBack ||= at !== undefined && at !== "first" && at.offset > (log.epochs.get(at.epoch) ?? 0);
			at = item.next;
			continue;
		}
		const { epoch, from, to } = item;
		const begin = formatCursor({ epoch, offset: from });
		const again = stretches.find((one) => one.epoch === epoch && one.from <= to && from <= one.to);
		if (again && !setBack) say(`was told ${begin} to ${to} again, after ${again.from} to ${again.to}`);
		const step = again || !at ? undefined : wrongStep(at, item);
		if (step) say(step);
		stretches.push(item);
		at = { epoch, offset: to };
		setBack &&= again !== undefined;
	}
	const has = ({ epoch, offset }: Cursor) =>
		stretches.some((one) => one.epoch === epoch && one.from <= offset && offset <= one.to);
	const missing = log.after(start).filter((place) => !has(place));
	const [first] = missing;
	if (first) say(`never got ${missing.length} that are kept, the first of them ${formatCursor(first)}`);
	const head = log.places.at(-1);
	if (head && at && at !== "first" && formatCursor(at) !== formatCursor(head)) {
		say(`stands at ${formatCursor(at)}, and the head is ${formatCursor(head)}`);
	}
	return wrong;
}

function wrongStep(at: Cursor | "first", { epoch, from }: Stretch): string | undefined {
	const begin = formatCursor({ epoch, offset: from });
	if (at === "first") return from === 1 ? undefined : `began at the first message with ${begin}`;
	if (at.epoch !== epoch) return `went from ${formatCursor(at)} to ${begin} with no gap told`;
	if (from <= at.offset) return `was told ${begin} after ${formatCursor(at)}, out of order`;
	if (from > at.offset + 1) return `was not told what is between ${formatCursor(at)} and ${begin}, nor a gap`;
	return undefined;
}

/** How it went, for who looks for the reason. */
export function trailOf({ reader, channel, start, told }: Walk): string {
	const items = told.map((item) =>
		"reason" in item
			? `${item.reason} to ${item.next ? formatCursor(item.next) : "somewhere"}`
			: `${item.epoch}-${item.from} to ${item.to}`,
	);
	return `${channel}: ${reader} from ${typeof start === "string" ? start : formatCursor(start)}: ${items.join(", ")}`;
}
