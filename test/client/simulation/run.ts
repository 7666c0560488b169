/** One run: a client in a page, a server, a network and a user, and everything that happens to them, from one seed. */
import type { connect, Holdfast, TransportName } from "@holdfast/client";
import { formatCursor } from "@holdfast/protocol";
import { Chance } from "./chance.ts";
import { checkPublishing, checkReading } from "./checker.ts";
import type { Publishing } from "./history.ts";
import { Kept } from "./kept.ts";
import { ModelServer } from "./model-server.ts";
import { Network } from "./network.ts";
import { Page } from "./page.ts";
import { forbidden, makePlan, type Plan } from "./plan.ts";
import { type Notebook, Planned, publish, Reader } from "./user.ts";
import { type Inquiry, isPast, Waits } from "./waits.ts";
import { World } from "./world.ts";

export type Connect = typeof connect;

/** Milliseconds after the end of all trouble in which every subscription must have come to the head. */
const bound = 150_000;
/** Milliseconds after which nothing of the trouble is left on the way: then no link is lost any more. */
const echo = 60_000;
/** Milliseconds in which the best way must be in use again: a better one is tried every 10 minutes at least, one after another. */
const longestWay = 3_600_000;
/** Milliseconds that a message may take where all is well, and to come by another way where one is blocked. */
const longestTrip = 5000;
const longestFall = 5000;
const tokenLife = 10_000;
/** Milliseconds that it may take to find one. */
const longestToken = 500;

/** Runs a seed; one sentence for each thing that is wrong. */
export async function simulate(seed: number, client: Connect, traced?: (line: string) => void): Promise<string[]> {
	const run = new Run(seed, client, traced);
	try {
		return await run.all();
	} catch (error) {
		return [...run.found, String(error instanceof Error ? error.stack : error)];
	}
}

class Run implements Notebook {
	readonly world: World;
	readonly readers: Reader[] = [];
	readonly publishings: Publishing[] = [];
	readonly found = new Set<string>();
	readonly #chance: Chance;
	readonly #plan: Plan;
	readonly #client: Connect;
	readonly #network: Network;
	readonly #server: ModelServer;
	readonly #kept: Kept;
	#pages = 0;
	#page: Page;
	#holdfast: Holdfast;
	#serial = 0;
	#transport: TransportName | undefined;
	/** Nothing has been wrong for so long that nothing may be lost. */
	#well = false;
	over = false;

	constructor(seed: number, client: Connect, traced: ((line: string) => void) | undefined) {
		this.world = new World(traced);
		this.#chance = new Chance(seed);
		this.#plan = makePlan(this.#chance.fork());
		this.#client = client;
		this.#kept = new Kept(this, this.#plan);
		const { retention, page, tokens } = this.#plan;
		const admits = tokens ? (token: string) => Number(token.slice(1)) >= this.#token - 12 : undefined;
		const policy = { forbidden: new Set([forbidden]), admits, retention, page };
		this.#server = new ModelServer(this.world, this.#chance.fork(), policy);
		this.#network = new Network(this.world, this.#chance.fork(), this.#server);
		this.world.trace(() => JSON.stringify({ ...this.#plan, troubles: this.#plan.troubles.map(({ name }) => name) }));
		this.#page = this.#newPage();
		this.#holdfast = this.#connect();
	}

	async all(): Promise<string[]> {
		const { length } = this.#plan;
		for (const channel of this.#plan.channels) {
			for (let i = this.#chance.between(0, 5); i > 0; i--) this.#serverPublishes(channel);
		}
		for (let i = this.#chance.between(1, 3); i > 0; i--) this.#subscribe();
		this.#happen(this.world.now + length);
		await this.world.run(length);
		await this.#end();
		await this.#block();
		await this.#rise();
		await this.#leave();
		await this.#close();
		for (const { reading } of this.readers) for (const text of checkReading(reading, this.#server.channels)) this.wrong(text);
		for (const text of checkPublishing(this.publishings, this.#server.channels)) this.wrong(text);
		return [...this.found];
	}

	wrong(text: string): void {
		this.world.trace(() => `WRONG: ${text}`);
		this.found.add(text);
	}

	/** One thing after another, until `end`. */
	#happen(end: number): void {
		this.world.after(this.#chance.next() * this.#plan.pace, () => {
			if (this.world.now >= end || this.over) return;
			const what = this.#chance.next();
			if (what < 0.5) this.#serverPublishes(this.#chance.pick(this.#plan.channels));
			else if (what < 0.7) this.#userDoes();
			else if (what < 0.75) this.#pageDoes();
			else if (this.#plan.troubles.length > 0) this.#trouble();
			this.#happen(end);
		});
	}

	#trouble(): void {
		// Not so often that nothing else happens.
		if (this.#chance.next() * 3000 > this.#plan.pace) return;
		const trouble = this.#chance.pick(this.#plan.troubles);
		this.world.trace(() => `-- ${trouble.name}`);
		const hint = () => this.#page.asleep === 0 && this.#page.tell("change");
		trouble({ world: this.world, chance: this.#chance, network: this.#network, server: this.#server, hint });
	}

	#serverPublishes(channel: string): void {
		if (this.#server.down) return;
		const { id } = this.#server.channel(channel).append(JSON.stringify({ serial: ++this.#serial, text: "von außen 🦩\n\n" }));
		this.world.trace(() => `${channel} has ${id}`);
	}

	#userDoes(): void {
		if (this.#page.asleep > 0) return;
		const what = this.#chance.next();
		if (what < 0.6) {
			const timeout = this.#chance.happens(0.2) ? this.#chance.between(1000, 10_000) : undefined;
			publish(this, this.#pages, this.#holdfast, this.#chance.pick(this.#plan.channels), timeout);
		} else if (what < 0.8) this.#subscribe();
		else {
			const wanted = this.readers.filter((reader) => reader.wanted);
			if (wanted.length > 0) this.#chance.pick(wanted).leave();
		}
	}

	#pageDoes(): void {
		if (this.#page.asleep > 0) return;
		const what = this.#chance.next();
		if (what < 0.2) {
			const ms = this.#chance.between(100, 60_000);
			this.world.trace(() => `-- the page sleeps for ${ms} ms`);
			this.#page.sleep(ms);
		} else if (what < 0.5) this.#hide();
		else if (what < 0.7) this.#page.tell("change");
		else if (what < 0.8) this.#reload();
	}

	#hide(): void {
		this.world.trace(() => "-- the page is hidden");
		this.#page.tell("hide");
		this.#kept.check();
	}

	#reload(): void {
		this.world.trace(() => "-- the page is loaded anew");
		const channels = this.readers.filter(({ wanted }) => wanted).map(({ reading }) => reading.channel);
		if (this.#chance.happens(0.5)) this.#hide();
		this.#page.discard();
		for (const reader of this.readers) reader.discard();
		for (const publishing of this.publishings)
			if (publishing.page === this.#pages) Object.assign(publishing, { abandoned: true });
		this.#page = this.#newPage();
		this.#holdfast = this.#connect();
		for (const channel of new Set(channels)) this.#subscribe(channel, true);
	}

	#subscribe(channel = this.#chance.pick(this.#plan.channels), resuming = false): void {
		const alone = this.readers.every(({ wanted, reading }) => !wanted || reading.channel !== channel);
		const known = alone && this.#plan.persist !== undefined ? this.#kept.written(channel) : undefined;
		const asked = resuming ? undefined : this.#chance.pick([undefined, "now", "first", "last.1", "last.5"]);
		// Only the first subscription of a page surely finds what was written.
		const given = asked === undefined && !alone && this.#plan.persist !== undefined ? "now" : asked;
		const kind = this.#chance.pick(this.#plan.handlers);
		const reader = new Reader(this, channel, given ?? (resuming ? (known ?? "now") : "now"));
		this.world.trace(
			() => `${reader.reading.name} (${kind}) subscribes to ${channel} from ${given ?? `what is kept (${known})`}`,
		);
		reader.begin(this.#holdfast, given ?? (resuming ? undefined : "now"), kind, this.#chance);
	}

	get #token(): number {
		return Math.floor(this.world.now / tokenLife);
	}

	#newPage(): Page {
		const waits = new Waits(this.world, (text) => this.wrong(text));
		this.#pages += 1;
		return new Page({
			world: this.world,
			network: this.#network,
			chance: this.#chance.fork(),
			stores: { session: this.#kept.store("session"), local: this.#kept.store("local") },
			late: this.#plan.lateSockets,
			heard: {
				asked: (what, text) => {
					waits.ask(what, text);
					if (what === "read" && !text.includes("from=")) this.wrong("asked for nothing");
				},
				sentAway: (what, text, ms) => this.#sentAway(waits, what, text, ms),
			},
		});
	}

	#connect(): Holdfast {
		const { transports, persist, tokens } = this.#plan;
		const token = async () => {
			if (this.#chance.happens(0.2))
				await new Promise<void>((resolve) => this.world.after(this.#chance.between(0, longestToken), resolve));
			if (!this.over && this.#chance.happens(0.03)) throw new Error("No token just now.");
			return `t${this.#token}`;
		};
		const holdfast = this.#client("https://model.test/", {
			environment: this.#page,
			transports,
			...(persist && { persist }),
			...(tokens && { token, user: "ann" }),
		});
		holdfast.on("error", (error) => {
			if (!(error instanceof Planned)) this.wrong(`an error: ${error}`);
		});
		holdfast.on("state", (state) => {
			this.world.trace(() => `state: ${state}`);
			if (state === "waiting" && this.#well) this.wrong("a link that was well was lost");
		});
		holdfast.on("transport", (name) => {
			this.world.trace(() => `transport: ${name}`);
			this.#transport = name;
		});
		return holdfast;
	}

	#sentAway(waits: Waits, what: Inquiry, text: string, ms: number): void {
		// Another reader of the past may still be finding its token.
		if (what === "publish" || isPast(text)) waits.stayAway(what, text, ms, this.#plan.tokens ? longestToken : 0);
		// Where another link is in use it goes on as it is.
		else if (this.#holdfast.state !== "open") waits.stayAway(what, text, ms, 1);
	}

	/** All trouble ends, and everything comes to rest. */
	async #end(): Promise<void> {
		this.over = true;
		this.world.trace(() => "== all is well from now on");
		this.#network.heal();
		Object.assign(this.#server, { down: false, busyUntil: 0, forgetful: 0 });
		this.#page.sleep(0);
		if (this.readers.every(({ wanted }) => !wanted)) this.#subscribe();
		this.world.after(500, () => {
			for (const channel of this.#plan.channels) this.#serverPublishes(channel);
		});
		await this.world.run(1000);
		await this.world.run(bound, () => this.#isAtRest());
		if (!this.#isAtRest()) this.wrong(`not at rest after ${bound} ms, in state ${this.#holdfast.state}`);
	}

	/** Better ways are blocked, and for so long that to try them again fails: another one is used at once. */
	async #block(): Promise<void> {
		const { transports } = this.#plan;
		const [best] = transports;
		const blocked =
			best === "websocket" && transports.includes("long-poll") && this.#chance.happens(0.5) ? [best, "sse"] : [best];
		if (this.#chance.happens(0.7) || transports.every((name) => blocked.includes(name) || name === "long-poll")) return;
		await this.world.run(echo);
		this.world.trace(() => `== ${blocked} is blocked`);
		if (blocked.includes("websocket")) this.#network.treatment.websocket = this.#chance.pick(["refused", "silent"] as const);
		if (blocked.includes("sse")) this.#network.treatment.sse = this.#chance.pick(["held", "forbidden"] as const);
		for (const wire of this.#network.wires) wire.cut();
		const isOpen = () => ["idle", "open"].includes(this.#holdfast.state);
		await this.world.run(100);
		if (!(await this.world.run(longestFall, isOpen))) this.wrong(`not open ${longestFall} ms after ${blocked} was blocked`);
		await this.world.run(2 * echo);
		this.#network.heal();
	}

	/** Nothing is lost any more, the best way is used again, and whatever is published comes soon. */
	async #rise(): Promise<void> {
		await this.world.run(echo);
		this.#well = true;
		const { transports, channels } = this.#plan;
		const isBest = () => this.#holdfast.state !== "open" || this.#transport === transports[0];
		if (!(await this.world.run(longestWay, isBest)))
			this.wrong(`still on ${this.#transport}, though ${transports[0]} works again`);
		// A channel that is refused must not hold up the others.
		if (channels.includes(forbidden)) this.#subscribe(forbidden);
		for (const channel of channels) this.#serverPublishes(channel);
		if (!(await this.world.run(longestTrip, () => this.#isAtRest()))) this.wrong(`not at rest ${longestTrip} ms after a publish`);
	}

	#isAtRest(): boolean {
		return (
			this.readers.every(({ wanted, reading: { channel }, handled }) => {
				return !wanted || handled === formatCursor(this.#server.channel(channel).head);
			}) && this.publishings.every(({ outcome, abandoned }) => outcome !== undefined || abandoned)
		);
	}

	/** What is read no more is not sent any more. */
	async #leave(): Promise<void> {
		const channel = this.#chance.pick(this.#plan.channels);
		for (const reader of this.readers) if (reader.wanted && reader.reading.channel === channel) reader.leave();
		await this.world.run(60_000);
		if ((this.#server.readers.get(channel) ?? 0) > 0) this.wrong(`${channel} was left, and is still being sent`);
	}

	async #close(): Promise<void> {
		// Some are in the middle of something.
		if (this.#chance.happens(0.5)) {
			this.#subscribe();
			publish(this, this.#pages, this.#holdfast, this.#chance.pick(this.#plan.channels), undefined);
			await this.world.run(this.#chance.between(0, 1000));
		}
		this.world.trace(() => "== the client is closed");
		const standing = this.readers.map(({ reading }) => reading.told.length);
		this.#holdfast.close();
		for (const [i, { reading }] of this.readers.entries()) {
			const more = reading.told.slice(standing[i]).filter(({ type }) => type !== "ended");
			if (more.length > 0) this.wrong(`${reading.name} was told of ${more[0]?.type} by closing`);
		}
		await this.world.run(0);
		if (this.#page.left.length > 0) this.wrong(`closing left ${this.#page.left.join(", ")}`);
		for (const reader of this.readers) reader.stop();
		await this.world.run(5000);
		if (this.#page.left.length > 0) this.wrong(`some time after closing there were ${this.#page.left.join(", ")}`);
	}
}
