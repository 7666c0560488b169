/** What the model server is about, whatever way it is asked: its channels, its rights, and its bad days. */
import {
	type Cursor,
	type ErrorCode,
	formatCursor,
	formatSetCursor,
	type Gap,
	type Message,
	type Page,
} from "@holdfast/protocol";
import type { Chance } from "./chance.ts";
import { ModelChannel, type Start } from "./model-log.ts";
import type { World } from "./world.ts";

export interface Policy {
	/** May be read and published by nobody. */
	readonly forbidden: ReadonlySet<string>;
	/** Whether a token is good; undefined where none is asked for. */
	readonly admits: ((token: string) => boolean) | undefined;
	/** Messages of a channel that it keeps. */
	readonly retention: number;
	/** Most messages of a channel in a page. */
	readonly page: number;
}

export interface Item {
	readonly channel: string;
	readonly data: unknown;
	readonly idempotencyKey?: string;
}

export class ModelService {
	/** Refuses everything new until then. */
	busyUntil = 0;
	busyWith: "overloaded" | "rate_limited" = "overloaded";
	/** Seconds. */
	retryAfter = 0;
	/** Nothing answers. */
	down = false;
	/** How often the answer to a publish is lost after it was stored. */
	forgetful = 0;
	readonly world: World;
	readonly chance: Chance;
	readonly policy: Policy;
	readonly channels = new Map<string, ModelChannel>();
	/** How many read each channel. */
	readonly readers = new Map<string, number>();
	readonly #leaving = new Set<(delay: number) => void>();

	constructor(world: World, chance: Chance, policy: Policy) {
		this.world = world;
		this.chance = chance;
		this.policy = policy;
	}

	get busy(): boolean {
		return this.world.now < this.busyUntil;
	}

	channel(name: string): ModelChannel {
		const channel = this.channels.get(name) ?? new ModelChannel(name, this.policy.retention, () => this.world.now);
		this.channels.set(name, channel);
		return channel;
	}

	/** The code that refuses, where one does. */
	refusal(channel: string, token: string | undefined): ErrorCode | undefined {
		const { admits } = this.policy;
		if (admits !== undefined && (token === undefined || !admits(token))) return "unauthorized";
		return this.forbids(channel);
	}

	forbids(channel: string): ErrorCode | undefined {
		return this.policy.forbidden.has(channel) ? "forbidden" : undefined;
	}

	publish({ channel, data, idempotencyKey }: Item): { readonly id: string; readonly time: number } {
		return this.channel(channel).append(JSON.stringify(data), idempotencyKey);
	}

	/** Counts a reader of these channels; `grown` is called soon after there is something new. Returns what ends it. */
	follow(names: readonly string[], grown: () => void): () => void {
		let cancel: (() => void) | undefined;
		const soon = () => {
			cancel ??= this.world.after(this.chance.happens(0.7) ? 0 : this.chance.between(1, 200), () => {
				cancel = undefined;
				grown();
			});
		};
		const unwatch = names.map((name) => this.channel(name).watch(soon));
		this.#count(names, 1);
		let ended = false;
		return () => {
			if (ended) return;
			ended = true;
			cancel?.();
			for (const end of unwatch) end();
			this.#count(names, -1);
		};
	}

	/** Calls `leave` when readers are sent away. */
	onDrain(leave: (delay: number) => void): () => void {
		this.#leaving.add(leave);
		return () => this.#leaving.delete(leave);
	}

	drain(delay: number): void {
		for (const leave of [...this.#leaving]) leave(delay);
	}

	#count(names: readonly string[], change: number): void {
		for (const name of names) this.readers.set(name, (this.readers.get(name) ?? 0) + change);
	}
}

/** Where a reader of several channels stands. */
export class Standing {
	readonly #service: ModelService;
	readonly #names: readonly string[];
	/** Where it first stood. */
	readonly begun: Readonly<Record<string, string>>;
	#places: Map<string, Start>;

	constructor(service: ModelService, starts: ReadonlyMap<string, Start>) {
		this.#service = service;
		this.#names = [...starts.keys()].sort();
		this.#places = new Map(this.#names.map((name) => [name, service.channel(name).read(starts.get(name) as Start, 0).after]));
		this.begun = this.places;
	}

	get names(): readonly string[] {
		return this.#names;
	}

	get places(): Readonly<Record<string, string>> {
		return Object.fromEntries(this.#names.map((name) => [name, formatCursor(this.#places.get(name) as Cursor)]));
	}

	/** The set's cursor. */
	get next(): string {
		return formatSetCursor(
			this.#names,
			this.#names.map((name) => this.#places.get(name) as Cursor),
		);
	}

	/** What comes next; it then stands after it. */
	read(limit: number): Page {
		const gaps: Gap[] = [];
		const messages: Message[] = [];
		const { places } = this;
		let more = false;
		for (const channel of this.#names) {
			const after = formatCursor(this.#places.get(channel) as Cursor);
			const page = this.#service.channel(channel).read(this.#places.get(channel) as Start, limit);
			if (page.gap !== undefined) {
				const place = formatCursor(page.gap.next);
				gaps.push({ channel, after, next: place, reason: page.gap.reason, place });
			}
			messages.push(...page.messages);
			this.#places.set(channel, page.next);
			more ||= page.more;
		}
		const { next } = this;
		return { gaps, messages, cursors: messages.map(() => next), next, more, places };
	}
}
