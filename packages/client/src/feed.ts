import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { HoldfastError } from "./error.ts";
import { cursorOf } from "./link/places.ts";
import type { WireMessage } from "./message.ts";
import type { Subscription } from "./subscription.ts";
import type { WireGap } from "./way.ts";

/** Where channels come from. */
export interface Source {
	/** Brings a channel from where its feed says; anew, where it is followed already. */
	follow(channel: string): void;
	/** Brings nothing more of it until it is followed anew, and stays connected for it. */
	hold(channel: string): void;
	leave(channel: string): void;
	/** Its past has been delivered. */
	isLive(channel: string): boolean;
}

export interface Member {
	readonly subscription: Subscription;
	/** It has ended: the server will never bring this channel. */
	refused(error: HoldfastError): void;
}

/**
 * All subscriptions of one channel, which is followed once for all of them: from the place of the one that is furthest
 * behind. The others pass over what they have.
 */
export class Feed {
	readonly #channel: string;
	readonly #source: Source;
	readonly #members = new Set<Member>();
	/** The log's present life, as far as it is known. */
	#life: string | undefined;

	constructor(channel: string, source: Source) {
		this.#channel = channel;
		this.#source = source;
	}

	add(member: Member): void {
		const { subscription } = member;
		// Who stands at the head shows where `now` is, without asking.
		const head = this.#source.isLive(this.#channel) ? this.#head() : undefined;
		this.#members.add(member);
		if (head !== undefined && subscription.start === "now") subscription.begin(head);
		else this.#source.follow(this.#channel);
	}

	/** True when nobody is left. */
	remove(member: Member): boolean {
		member.subscription.close();
		if (!this.#members.delete(member)) return false;
		const empty = this.#members.size === 0;
		if (empty) this.#source.leave(this.#channel);
		else this.#balance();
		return empty;
	}

	/** A subscription has room again. */
	hungry(): void {
		this.#source.follow(this.#channel);
	}

	/** The cursor up to which all have handled everything. */
	get handled(): Cursor | undefined {
		return least(this.#subscriptions().map(({ handled }) => handled));
	}

	/** Where it is to be brought from: who has no place yet finds it first. */
	start(): string {
		const hungry = this.#subscriptions().filter(({ full }) => !full);
		const tails = hungry.flatMap(({ tail }) => tail ?? []);
		// Who stands in another life is told of this one only in answer to that cursor.
		const past = tails.filter(({ epoch }) => this.#life && epoch !== this.#life);
		const tail = least(past.length > 0 ? past : tails);
		const seeking = hungry.find(({ tail }) => !tail);
		return seeking?.start ?? (tail === undefined ? "now" : formatCursor(tail));
	}

	/**
	 * Who asked for `start` begins here. False when someone would miss what lies between their place and this one, or has yet to
	 * be asked for: `first` and `now`, asked for in the same moment, are two places.
	 */
	begun(place: Cursor, start: string): boolean {
		// Whoever asks by a cursor is answered by it, though the log may be in another life; that is told next.
		const present = parseCursor(start) === undefined;
		if (present) this.#life = place.epoch;
		let whole = true;
		for (const subscription of this.#subscriptions()) {
			const { tail, full } = subscription;
			if (tail === undefined && subscription.start === start) subscription.begin(place);
			else if (!full) whole &&= tail !== undefined && (tail.epoch === place.epoch ? tail.offset >= place.offset : !present);
		}
		return whole;
	}

	message(message: WireMessage): void {
		const place = cursorOf(message.id);
		this.#life = place.epoch;
		let joined = true;
		for (const { subscription } of this.#members) joined = subscription.take(message, place) && joined;
		if (!joined) this.#source.follow(this.#channel);
		this.#balance();
	}

	gap(gap: WireGap): boolean {
		const place = cursorOf(gap.place);
		this.#life = place.epoch;
		let turned = false;
		for (const { subscription } of this.#members) turned = subscription.miss(gap, place) || turned;
		this.#balance();
		return turned;
	}

	refuse(error: HoldfastError): void {
		const members = [...this.#members];
		for (const member of members) this.remove(member);
		for (const member of members) member.refused(error);
	}

	/** Brings nothing more while nobody takes it. */
	#balance(): void {
		if (this.#subscriptions().every(({ full }) => full)) this.#source.hold(this.#channel);
	}

	#head(): Cursor | undefined {
		const tails = this.#subscriptions().map(({ tail }) => tail);
		return tails.reduce((a, b) => (a && b && b.offset <= a.offset ? a : (b ?? a)), undefined);
	}

	#subscriptions(): Subscription[] {
		return Array.from(this.#members, ({ subscription }) => subscription);
	}
}

/** The one furthest behind, of those that are of the first one's life. */
function least(cursors: readonly (Cursor | undefined)[]): Cursor | undefined {
	return cursors.reduce((a, b) => (a && b && b.epoch === a.epoch && b.offset < a.offset ? b : (a ?? b)), undefined);
}
