/** One tab of a browser whose tabs share a connection: its page, its client, and who uses it. */
import type { Holdfast } from "@holdfast/client";
import { formatCursor } from "@holdfast/protocol";
import type { Chance } from "./chance.ts";
import type { Publishing } from "./history.ts";
import type { ModelServer } from "./model-server.ts";
import type { ModelStage } from "./model-stage.ts";
import type { Network } from "./network.ts";
import { Page } from "./page.ts";
import type { Plan } from "./plan.ts";
import { whenAwake } from "./room.ts";
import type { Connect } from "./run.ts";
import { type Notebook, Planned, publish, Reader } from "./user.ts";
import type { World } from "./world.ts";

/** Milliseconds after closing in which the browser has taken back what the page gave up. */
const grace = 5000;

/** What all tabs of a run have in common. */
export interface Browser {
	readonly world: World;
	readonly chance: Chance;
	readonly plan: Plan;
	readonly network: Network;
	readonly server: ModelServer;
	readonly stage: ModelStage;
	readonly connect: Connect;
	readonly readers: Reader[];
	readonly publishings: Publishing[];
	readonly over: boolean;
	wrong(text: string): void;
}

export class Tab implements Notebook {
	readonly number: number;
	readonly user: string;
	readonly page: Page;
	readonly world: Notebook["world"];
	/** Of all tabs: where others stand, who begins `now` may begin too. */
	readonly readers: Reader[];
	readonly publishings: Publishing[];
	readonly #own: Reader[] = [];
	readonly #browser: Browser;
	readonly #chance: Chance;
	readonly #holdfast: Holdfast;
	closed = false;

	constructor(browser: Browser, number: number, user: string) {
		const { world, network, chance, stage, plan } = browser;
		const store = { get: () => undefined, set: () => undefined };
		this.#browser = browser;
		this.#chance = chance.fork();
		this.number = number;
		this.user = user;
		this.readers = browser.readers;
		this.publishings = browser.publishings;
		this.page = new Page({
			world,
			network,
			chance: chance.fork(),
			stores: { session: store, local: store },
			late: plan.lateSockets,
			heard: { asked: () => undefined, sentAway: () => undefined },
			stage: (page) => stage.seat(user, page),
		});
		// Handlers are code of the page, and rest when it sleeps.
		const later = (ms: number, run: () => void) => world.after(ms, () => whenAwake(world, this.#chance, this.page, run));
		this.world = {
			get now() {
				return world.now;
			},
			after: later,
			trace: (text) => world.trace(() => `[${number}] ${text()}`),
		};
		this.#holdfast = this.#connect();
	}

	get over(): boolean {
		return this.#browser.over;
	}

	get isAwake(): boolean {
		return this.page.asleep === 0 && !this.page.gone;
	}

	get wanted(): Reader[] {
		return this.#own.filter(({ wanted }) => wanted);
	}

	wrong(text: string): void {
		this.#browser.wrong(`tab ${this.number}: ${text}`);
	}

	/** Whether all that it reads and publishes has come to its end. */
	get isAtRest(): boolean {
		const { server } = this.#browser;
		return (
			(this.wanted.length === 0 || this.#holdfast.state === "open") &&
			this.wanted.every(({ reading, handled }) => handled === formatCursor(server.channel(reading.channel).head)) &&
			this.publishings.every(({ page, outcome, abandoned }) => page !== this.number || outcome !== undefined || abandoned)
		);
	}

	get state(): string {
		return this.#holdfast.state;
	}

	subscribe(channel = this.#chance.pick(this.#browser.plan.channels), start?: string): void {
		const head = formatCursor(this.#browser.server.channel(channel).head);
		const from = start ?? this.#chance.pick(["now", "now", "first", "last.1", "last.5", head]);
		const kind = this.#chance.pick(this.#browser.plan.handlers);
		const reader = new Reader(this, channel, from);
		this.world.trace(() => `${reader.reading.name} (${kind}) subscribes to ${channel} from ${from}`);
		this.#own.push(reader);
		reader.begin(this.#holdfast, from, kind, this.#chance);
	}

	publish(): void {
		const timeout = this.#chance.happens(0.2) ? this.#chance.between(1000, 10_000) : undefined;
		publish(this, this.number, this.#holdfast, this.#chance.pick(this.#browser.plan.channels), timeout);
	}

	leave(): void {
		if (this.wanted.length > 0) this.#chance.pick(this.wanted).leave();
	}

	/** Closed by its user, at any moment, awake or not. Returns where its readers stood. */
	discard(): { readonly channel: string; readonly place: string }[] {
		this.world.trace(() => "-- the tab is closed");
		const places = this.wanted.flatMap(({ reading: { channel }, handled }) => (handled ? { channel, place: handled } : []));
		this.closed = true;
		this.page.discard();
		for (const reader of this.#own) reader.discard();
		for (const publishing of this.publishings)
			if (publishing.page === this.number) Object.assign(publishing, { abandoned: true });
		return places;
	}

	/** Ends the client, and looks a while later what the page still has. */
	close(): void {
		const { world, stage } = this.#browser;
		this.world.trace(() => "-- the client is closed");
		this.closed = true;
		this.#holdfast.close();
		const check = (when: string, left: readonly string[]) => {
			if (left.length > 0 && !this.page.gone) this.wrong(`${when} closing left ${left.join(", ")}`);
		};
		for (const reader of this.#own) reader.stop();
		world.after(0, () => check("at once", this.page.left));
		this.world.after(grace, () => check("after a while", [...this.page.left, ...stage.left(this.page)]));
	}

	#connect(): Holdfast {
		const { plan, connect } = this.#browser;
		const token = `t-${this.user}`;
		const who = this.#browser.plan.tokens ? { token: async () => token, user: this.user } : { token };
		const holdfast = connect("https://model.test/", { environment: this.page, transports: plan.transports, ...who });
		holdfast.on("error", (error) => {
			if (!(error instanceof Planned)) this.wrong(`an error: ${error}`);
		});
		holdfast.on("state", (state, reason) => this.world.trace(() => `state: ${state} ${reason ?? ""}`));
		holdfast.on("transport", (name) => this.world.trace(() => `transport: ${name}`));
		return holdfast;
	}
}
