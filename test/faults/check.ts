/** Decides whether what readers were told follows from what was published, and whether what was acknowledged is there. */
import { FinalLog, type Kept } from "./final-log.ts";
import type { Asking, History } from "./history.ts";
import { checkWalk } from "./walk.ts";

/** What is wrong, a sentence each; nothing where all is well. `logs`: all that each channel holds in the end, oldest first. */
export function check(history: History, logs: ReadonlyMap<string, readonly Kept[]>): string[] {
	const wrong = [...history.contradictions];
	for (const [channel, kept] of logs) {
		const log = new FinalLog(channel, kept);
		wrong.push(
			...checkLog(history, log),
			...checkAcknowledged(history, log),
			...checkTold(history, log),
			...checkTimes(history, log),
		);
		for (const walk of history.walks) if (walk.channel === channel) wrong.push(...checkWalk(walk, log));
	}
	return wrong;
}

/** What is kept was published, each once, and with nothing missing. */
function checkLog({ publishes, losses }: History, { channel, kept, places, epochs }: FinalLog): string[] {
	const wrong: string[] = [];
	const first = new Map<string, string>();
	for (const { id, data } of kept) {
		if (publishes.get(data)?.channel !== channel)
			wrong.push(`${channel}: the log has ${data} as ${id}, which nobody published there`);
		const before = first.get(data);
		if (before === undefined) first.set(data, id);
		else wrong.push(`${channel}: ${data} is stored twice, as ${before} and ${id}`);
	}
	for (const [i, { offset }] of places.entries()) {
		if (offset !== i + 1) {
			wrong.push(`${channel}: message ${i + 1} of the log is ${kept[i]?.id}`);
			break;
		}
	}
	if (epochs.size > losses.length + 1) {
		wrong.push(`${channel}: the log has ${epochs.size} epochs, and ${losses.length} times something could be lost`);
	}
	return wrong;
}

/** What was acknowledged is kept as it was said, unless it was lost with a tail when something could be lost. */
function checkAcknowledged({ publishes, losses }: History, log: FinalLog): string[] {
	const wrong: string[] = [];
	const losable = ({ asked }: Asking) => losses.some(({ to }) => asked <= to);
	for (const { channel, name, askings } of publishes.values()) {
		if (channel !== log.channel) continue;
		const ids = new Set<string>();
		for (const asking of askings) {
			if (typeof asking.answer === "string") continue;
			const { kept: id } = asking.answer;
			if (log.data(id) === name) ids.add(id);
			else if (log.data(id) !== undefined) wrong.push(`${channel}: ${name} was acknowledged as ${id}, which is ${log.data(id)}`);
			else if (!log.isLostTail(id) || !losable(asking)) wrong.push(`${channel}: ${name} was acknowledged as ${id}, and is lost`);
		}
		if (ids.size > 1) wrong.push(`${channel}: ${name} was acknowledged as ${[...ids].join(" and as ")}`);
	}
	return wrong;
}

/** What readers were told was published, and is what the log has there, unless it was lost with a tail. */
function checkTold({ contents, publishes, losses }: History, log: FinalLog): string[] {
	const { channel } = log;
	const wrong: string[] = [];
	for (const [id, data] of contents.get(channel) ?? []) {
		const kept = log.data(id);
		if (publishes.get(data)?.channel !== channel)
			wrong.push(`${channel}: readers were told ${data} as ${id}, which nobody published`);
		else if (kept === undefined && (losses.length === 0 || !log.isLostTail(id))) {
			wrong.push(`${channel}: readers were told ${data} as ${id}, and it is lost`);
		} else if (kept !== undefined && kept !== data) {
			wrong.push(`${channel}: readers were told ${data} as ${id}, where the log has ${kept}`);
		}
	}
	return wrong;
}

/** What was answered before another was asked for stands before it; so nothing is stored after it was refused. */
function checkTimes({ publishes }: History, { channel, kept }: FinalLog): string[] {
	const wrong: string[] = [];
	let latest: { readonly asked: number; readonly id: string } = { asked: Number.NEGATIVE_INFINITY, id: "" };
	for (const { id, data } of kept) {
		const { askings } = publishes.get(data) ?? {};
		if (!askings) continue;
		// It was stored by the time of the first acknowledgement, or while one of the others was under way.
		const acknowledged = askings.filter(({ answer }) => typeof answer === "object" && answer.kept === id);
		const ends = (some: readonly Asking[]) => some.map((asking) => asking.ended);
		const ended = acknowledged.length > 0 ? Math.min(...ends(acknowledged)) : Math.max(...ends(askings));
		if (ended < latest.asked) {
			const how = acknowledged.length > 0 ? "acknowledged" : "refused";
			wrong.push(`${channel}: ${data} was ${how} before ${latest.id} was asked for, and stands behind it as ${id}`);
		}
		const asked = Math.min(...askings.map((asking) => asking.asked));
		if (asked > latest.asked) latest = { asked, id };
	}
	return wrong;
}
