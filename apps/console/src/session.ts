/** One reader of one channel: its cursor, and which way it reads just now. Knows no DOM. */
import { type Costs, noCosts } from "./costs.ts";
import { beginnings, type Settings, type TransportName } from "./settings.ts";
import { follow, type State } from "./wire/follow.ts";
import { longPoll, shortPoll } from "./wire/poll.ts";
import { type Draft, type Outcome, publish } from "./wire/publish.ts";
import { eventSource } from "./wire/sse.ts";
import { type Crossing, from, type Gap, type Message, type Place, type Tell, type Way } from "./wire/way.ts";
import { webSocket } from "./wire/websocket.ts";

export interface Listener {
	message(message: Message): void;
	gap(gap: Gap): void;
	state(state: State): void;
	crossed(crossing: Crossing): void;
	/** Reading goes on by another transport, after this cursor. */
	switched(transport: TransportName, cursor: string): void;
	/** Everything shown so far belongs to another channel or beginning. */
	cleared(): void;
	cost(): void;
}

export class Session {
	readonly #listener: Listener;
	readonly #ways: Readonly<Record<TransportName, Way>>;
	#settings: Settings;
	#cursor: string | undefined;
	#costs = noCosts();
	#reading: AbortController | undefined;
	#live = false;
	/** Who reads and publishes; holds from the next connection or request on. */
	token: string | undefined;

	constructor(settings: Settings, token: string | undefined, listener: Listener) {
		this.#settings = settings;
		this.token = token;
		this.#listener = listener;
		this.#ways = {
			poll: shortPoll(() => this.#settings.interval),
			"long-poll": longPoll,
			sse: eventSource,
			websocket: webSocket,
		};
	}

	get costs(): Costs {
		return this.#costs;
	}

	/** The query of the wire for where reading goes on from here. */
	get start(): string {
		return this.#cursor === undefined ? beginnings[this.#settings.begin] : from(this.#cursor);
	}

	/** Begins anew where the channel or the beginning is another one; goes on by the cursor where only the transport is. */
	choose(settings: Settings): void {
		const before = this.#settings;
		this.#settings = settings;
		if (settings.channel !== before.channel || settings.begin !== before.begin) this.begin();
		else if (settings.transport !== before.transport) this.#switch();
	}

	#switch(): void {
		if (this.#cursor !== undefined) this.#listener.switched(this.#settings.transport, this.#cursor);
		if (this.#reading !== undefined) this.resume();
	}

	begin(): void {
		this.#cursor = undefined;
		this.#costs = noCosts();
		this.#listener.cleared();
		this.resume();
	}

	/** Reads from the cursor on, in place of any reading under way. */
	resume(): void {
		this.#reading?.abort();
		const reading = new AbortController();
		this.#reading = reading;
		const { transport } = this.#settings;
		const place = (): Place => ({ channel: this.#settings.channel, start: this.start, token: this.token });
		const changed = (state: State) => {
			if (reading.signal.aborted) return;
			this.#live = state.is === "live";
			this.#listener.state(state);
		};
		void follow(this.#ways[transport], place, this.#tell(transport), changed, reading.signal);
	}

	pause(): void {
		this.#reading?.abort();
		this.#reading = undefined;
		this.#listener.state({ is: "paused" });
	}

	async publish(draft: Omit<Draft, "channel" | "token">): Promise<Outcome> {
		const { publish: cost } = this.#costs;
		const outcome = await publish({ ...draft, channel: this.#settings.channel, token: this.token }, (crossing) => {
			cost.add(crossing);
			this.#listener.crossed(crossing);
			this.#listener.cost();
		});
		if (outcome.stored) cost.messages += 1;
		this.#listener.cost();
		return outcome;
	}

	#tell(transport: TransportName): Omit<Tell, "live"> {
		const cost = this.#costs[transport];
		return {
			cursor: (next) => {
				this.#cursor = next;
			},
			message: (message) => {
				this.#cursor = message.id;
				cost.messages += 1;
				if (this.#live) cost.late(Date.now() - message.time);
				this.#listener.message(message);
				this.#listener.cost();
			},
			gap: (gap) => {
				this.#cursor = gap.next;
				this.#listener.gap(gap);
			},
			crossed: (crossing) => {
				cost.add(crossing);
				this.#listener.crossed(crossing);
				this.#listener.cost();
			},
		};
	}
}
