/** One connection through the network, as items that go both ways in order, late, or not at all. */
import type { Chance } from "./chance.ts";
import type { World } from "./world.ts";

/** What comes at an end: an item, or the end of the connection; `cut` where it was not closed in order. */
export interface End<Item> {
	item(item: Item): void;
	closed(cut: boolean): void;
}

/** How long a way through the network takes, in milliseconds. */
export interface Latency {
	least: number;
	most: number;
}

/** Milliseconds that a silent peer has. */
const heartbeat = 35_000;

/** One direction. */
class Pipe<Item> {
	readonly #world: World;
	readonly #latency: () => number;
	/** Milliseconds until the receiver is awake. */
	readonly #asleep: () => number;
	readonly #end: End<Item>;
	readonly #items: ({ readonly item: Item } | { readonly cut: boolean })[] = [];
	#last = 0;
	#vanishing = false;
	#closed = false;
	/** Nothing arrives before. */
	#held = 0;

	constructor(world: World, latency: () => number, asleep: () => number, end: End<Item>) {
		this.#world = world;
		this.#latency = latency;
		this.#asleep = asleep;
		this.#end = end;
	}

	send(item: Item): void {
		if (!this.#closed) this.#push({ item });
	}

	close(cut: boolean): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#push({ cut });
	}

	/** What is on its way gets lost from a random place on; `shorten` gives what is left of the item that was just passing. */
	lose(chance: Chance, shorten: (item: Item) => Item | undefined): void {
		const passing = this.#items.splice(chance.between(0, this.#items.length))[0];
		const rest = passing !== undefined && "item" in passing ? shorten(passing.item) : undefined;
		if (rest !== undefined) this.#items.push({ item: rest });
	}

	/** From now on nothing arrives, and nobody is told. */
	vanish(): void {
		this.#vanishing = true;
		this.#items.length = 0;
	}

	/** What is on its way, and what follows, takes so much longer. */
	delay(ms: number): void {
		this.#last = Math.max(this.#last, this.#world.now) + ms;
		this.#held = this.#last;
	}

	#push(item: { readonly item: Item } | { readonly cut: boolean }): void {
		if (this.#vanishing) return;
		this.#items.push(item);
		this.#last = Math.max(this.#last, this.#world.now + this.#latency());
		this.#world.after(this.#last - this.#world.now, () => this.#next());
	}

	#next(): void {
		const wait = Math.max(this.#asleep(), this.#held - this.#world.now);
		if (wait > 0) {
			this.#world.after(wait, () => this.#next());
			return;
		}
		const next = this.#items.shift();
		if (next === undefined) return;
		if ("item" in next) this.#end.item(next.item);
		else this.#end.closed(next.cut);
	}
}

export class Wire<Up, Down> {
	readonly #up: Pipe<Up>;
	readonly #down: Pipe<Down>;
	readonly #world: World;
	readonly #chance: Chance;
	readonly #server: End<Up>;
	readonly #shorten: (item: Down) => Down | undefined;
	readonly #gone: () => void;
	#over = false;

	constructor(
		world: World,
		chance: Chance,
		latency: Latency,
		ends: { readonly client: End<Down>; readonly server: End<Up>; readonly asleep: () => number; readonly gone: () => void },
		shorten: (item: Down) => Down | undefined,
	) {
		const ms = () => latency.least + chance.next() * (latency.most - latency.least);
		this.#up = new Pipe(world, ms, () => 0, ends.server);
		this.#down = new Pipe(world, ms, ends.asleep, ends.client);
		this.#world = world;
		this.#server = ends.server;
		this.#chance = chance;
		this.#shorten = shorten;
		this.#gone = ends.gone;
	}

	toServer(item: Up): void {
		this.#up.send(item);
	}

	toClient(item: Down): void {
		this.#down.send(item);
	}

	/** By the client; what the server still sends is on its way nevertheless. */
	leave(): void {
		this.#finish(() => this.#up.close(false));
	}

	/** By the server. */
	finish(cut = false): void {
		this.#finish(() => this.#down.close(cut));
	}

	/** In the network: both ends learn of it. */
	cut(): void {
		this.#finish(() => {
			this.#down.lose(this.#chance, this.#shorten);
			this.#down.close(true);
			this.#up.close(true);
		});
	}

	/** The connection is gone, and neither end is told; the server's heartbeat finds out. */
	vanish(): void {
		this.#up.vanish();
		this.#down.vanish();
		this.#finish(() => this.#world.after(heartbeat, () => this.#server.closed(true)));
	}

	/** What the server has said and says comes so much later than what other connections bring. */
	delay(ms: number): void {
		this.#down.delay(ms);
	}

	#finish(how: () => void): void {
		if (this.#over) return;
		this.#over = true;
		how();
		this.#gone();
	}
}
