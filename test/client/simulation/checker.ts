/**
 * Checks what was handed over against the truth: for each subscription, each message is the next one after the last, or a
 * gap was told between them that is true and no wider than what is gone.
 */
import { type Cursor, parseCursor } from "@holdfast/protocol";
import type { Publishing, Reading, Told } from "./history.ts";
import type { Condition, Kept } from "./model-log.ts";

/** All that ever was in a channel's log. */
export interface Truth {
	readonly stored: readonly Kept[];
	readonly conditions: readonly Condition[];
}

export type Truths = ReadonlyMap<string, Truth>;

/** One sentence for each thing that is wrong. */
export function checkReading(reading: Reading, truths: Truths): string[] {
	const truth = truths.get(reading.channel) ?? { stored: [], conditions: [] };
	const walk = new Walk(reading, truth);
	const wrong: string[] = [];
	for (const told of reading.told) {
		const found = walk.step(told);
		if (found !== undefined) wrong.push(`${reading.name} of ${reading.channel} at ${seconds(told.at)}: ${found}`);
	}
	const end = reading.lasting ? walk.end() : undefined;
	if (end !== undefined) wrong.push(`${reading.name} of ${reading.channel} at the end: ${end}`);
	return wrong;
}

class Walk {
	readonly #reading: Reading;
	readonly #truth: Truth;
	#place: Cursor | undefined;
	/** What was stored before the log last lost something is not what follows a gap that tells it. */
	#generation = 0;
	#ended = false;

	constructor(reading: Reading, truth: Truth) {
		this.#reading = reading;
		this.#truth = truth;
	}

	step(told: Told): string | undefined {
		if (this.#ended) return `${told.type} after it had ended`;
		if (told.type === "begun") return this.#begin(told.cursor, told.at);
		if (told.type === "ended") {
			this.#ended = true;
			return undefined;
		}
		if (this.#place === undefined) return `${told.type} before it has begun`;
		return told.type === "message" ? this.#message(told, this.#place) : this.#gap(told, this.#place);
	}

	end(): string | undefined {
		if (this.#ended) return undefined;
		const head = this.#truth.conditions.at(-1);
		if (head === undefined || (this.#place?.epoch === head.epoch && this.#place.offset === head.head)) return undefined;
		return `stands at ${text(this.#place)}, and the head is ${head.epoch}-${head.head}`;
	}

	#begin(cursor: string, at: number): string | undefined {
		if (this.#place !== undefined) return "begun twice";
		const place = parseCursor(cursor);
		if (place === undefined) return `${cursor} is no cursor`;
		this.#place = place;
		const { start, beside } = this.#reading;
		if (parseCursor(start) !== undefined) return start === cursor ? undefined : `begun at ${cursor}, not at ${start}`;
		// How the log was at any time since it was asked for: the last condition from before counts too.
		const all = this.#truth.conditions.filter((condition) => condition.at <= at);
		const since = all.filter((_, i) => (all[i + 1]?.at ?? at) >= this.#reading.at);
		const fits = since.find(({ epoch, first, head }) => {
			const last = start.startsWith("last.") ? Number(start.slice(5)) : 0;
			const offset = start === "first" ? first - 1 : Math.max(first - 1, head - last);
			return place.epoch === epoch && place.offset === offset;
		});
		// Who joins others is brought what was on its way to them before the log lost it, and may have begun after that.
		this.#generation = beside.length > 0 ? 0 : (fits?.generation ?? 0);
		if (fits !== undefined || (start === "now" && this.#joins(beside, place))) return undefined;
		return `begun at ${cursor}, which was never ${start} since it was asked for`;
	}

	/** Who begins `now` may begin at the head that others know of, who are not beyond it. */
	#joins(beside: readonly string[], place: Cursor): boolean {
		const { conditions } = this.#truth;
		const wasHead = conditions.some(({ epoch, head }) => epoch === place.epoch && head === place.offset);
		const lives = [...new Set(conditions.map(({ epoch }) => epoch))];
		return (
			wasHead &&
			beside.some((text) => {
				const { epoch, offset } = parseCursor(text) as Cursor;
				return epoch === place.epoch ? offset <= place.offset : lives.indexOf(epoch) < lives.indexOf(place.epoch);
			})
		);
	}

	#message({ channel, id, data, at }: Extract<Told, { type: "message" }>, last: Cursor): string | undefined {
		const place = parseCursor(id);
		const versions = this.#truth.stored.filter((kept) => kept.id === id && kept.data === JSON.stringify(data) && kept.at <= at);
		if (channel !== this.#reading.channel || place === undefined || versions.length === 0) return `${id} is not of this log`;
		this.#place = place;
		if (place.epoch !== last.epoch) return `${id} after ${text(last)}: another life of the log, untold`;
		if (place.offset <= last.offset) return `${id} after ${text(last)}: repeated, or out of order`;
		if (place.offset > last.offset + 1) return `${id} after ${text(last)}: what lies between is missing, untold`;
		const isGone = (version: Kept) => isLost(version, this.#truth, ({ generation }) => generation <= this.#generation);
		if (versions.every(isGone)) return `${id} is what the log had lost before`;
		return undefined;
	}

	#gap({ after, next, reason, at }: Extract<Told, { type: "gap" }>, last: Cursor): string | undefined {
		const place = parseCursor(next);
		if (place === undefined) return `${next} is no cursor`;
		this.#place = place;
		if (after !== text(last)) return `a gap after ${after}, but it stood at ${text(last)}`;
		// The log stood where the reader stands, or farther, and then it was so.
		const { conditions } = this.#truth;
		const reached = conditions.findIndex(({ epoch, head }) => epoch === last.epoch && head >= last.offset);
		const fits = conditions.find(
			(then, i) =>
				reached >= 0 &&
				i > reached &&
				then.at <= at &&
				then.generation >= this.#generation &&
				explains(then, reason, last, place),
		);
		this.#generation = fits?.generation ?? this.#generation;
		return fits === undefined ? `a gap (${reason}) from ${after} to ${next} that is not so` : undefined;
	}
}

/** Whether a reader at `last` is rightly told, in this condition of the log, to go on from `next`. */
function explains({ epoch, first, head }: Condition, reason: string, last: Cursor, next: Cursor): boolean {
	if (next.epoch !== epoch) return false;
	if (reason === "reset") return last.epoch !== epoch && next.offset === first - 1;
	if (last.epoch !== epoch) return false;
	if (reason === "expired") return next.offset === first - 1 && last.offset < next.offset;
	return reason === "unknown" && next.offset === head && last.offset > head;
}

/** Codes of what was given up, and may be stored or not. */
const givenUp = ["timed_out", "closed"];

/** What was promised to those who published. `all`: in the order of the calls. */
export function checkPublishing(all: readonly Publishing[], truths: Truths): string[] {
	const wrong: string[] = [];
	/** By page and channel, where in the log the last one stored stands. */
	const last = new Map<string, number>();
	for (const { page, channel, data, outcome, abandoned } of all) {
		const tell = (text: string) => wrong.push(`publishing ${data} to ${channel} from page ${page}: ${text}`);
		const truth = truths.get(channel) ?? { stored: [], conditions: [] };
		const kept = truth.stored.filter((one) => one.data === data);
		if (kept.some((one, i) => kept[i + 1] !== undefined && !isLost(one, truth, ({ at }) => at <= (kept[i + 1] as Kept).at)))
			tell("stored twice");
		if (outcome === undefined) {
			if (!abandoned) tell("it was never told what became of it");
		} else if ("code" in outcome) {
			if (kept.length > 0 && !givenUp.includes(outcome.code)) tell(`told ${outcome.code}, and yet stored`);
		} else {
			const at = truth.stored.findIndex((one) => one.id === outcome.id && one.data === data);
			if (at < 0) tell(`told to be stored as ${outcome.id}, and is not`);
			else if (at < (last.get(`${page} ${channel}`) ?? -1)) tell("stored before what was published before it");
			last.set(`${page} ${channel}`, at);
		}
	}
	return wrong;
}

/** Whether the log lost a message, in any of these conditions. */
function isLost({ id, offset, generation }: Kept, { conditions }: Truth, among: (condition: Condition) => boolean): boolean {
	const epoch = parseCursor(id)?.epoch;
	return conditions.some((then) => then.generation > generation && among(then) && (then.epoch !== epoch || then.head < offset));
}

function text(place: Cursor | undefined): string {
	return place === undefined ? "nowhere" : `${place.epoch}-${place.offset}`;
}

function seconds(at: number): string {
	return ((at - 1_000_000) / 1000).toFixed(3);
}
