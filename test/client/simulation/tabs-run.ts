/** One run: the tabs of a browser, a server and a network, and everything that happens to them, from one seed. */
import { Chance } from "./chance.ts";
import { checkPublishing, checkReading } from "./checker.ts";
import type { Publishing } from "./history.ts";
import { ModelServer } from "./model-server.ts";
import { ModelStage } from "./model-stage.ts";
import { Network } from "./network.ts";
import { forbidden, makePlan, type Plan } from "./plan.ts";
import type { Connect } from "./run.ts";
import { type Browser, Tab } from "./tab.ts";
import type { Reader } from "./user.ts";
import { World } from "./world.ts";

/** Milliseconds after the end of all trouble in which every tab that is awake must have come to the head. */
const bound = 90_000;
/** The same where the tab that led was frozen or closed, and nothing else. */
const handOver = 20_000;
const lasting = 10_000;
/** Tabs of a user. */
const mostTabs = 5;

/** Runs a seed; one sentence for each thing that is wrong. */
export async function simulateTabs(seed: number, connect: Connect, traced?: (line: string) => void): Promise<string[]> {
	const run = new TabsRun(seed, connect, traced);
	try {
		return await run.all();
	} catch (error) {
		return [...run.found, String(error instanceof Error ? error.stack : error)];
	}
}

class TabsRun implements Browser {
	readonly world: World;
	readonly chance: Chance;
	readonly plan: Plan;
	readonly network: Network;
	readonly server: ModelServer;
	readonly stage: ModelStage;
	readonly connect: Connect;
	readonly readers: Reader[] = [];
	readonly publishings: Publishing[] = [];
	readonly found = new Set<string>();
	readonly #users: readonly string[];
	readonly #tabs: Tab[] = [];
	#serial = 0;
	over = false;

	constructor(seed: number, connect: Connect, traced: ((line: string) => void) | undefined) {
		this.world = new World(traced);
		this.chance = new Chance(seed);
		this.plan = makePlan(this.chance.fork());
		this.connect = connect;
		const { retention, page } = this.plan;
		const policy = { forbidden: new Set([forbidden]), admits: undefined, retention, page };
		this.server = new ModelServer(this.world, this.chance.fork(), policy);
		this.network = new Network(this.world, this.chance.fork(), this.server);
		this.stage = new ModelStage(this.world, this.chance.fork(), (text) => this.wrong(text));
		this.#users = this.chance.happens(0.25) ? ["ann", "bob"] : ["ann"];
		this.world.trace(() => JSON.stringify({ ...this.plan, troubles: this.plan.troubles.map(({ name }) => name) }));
	}

	async all(): Promise<string[]> {
		const { length, channels } = this.plan;
		for (const channel of channels) this.#serverPublishes(channel, this.chance.between(0, 5));
		for (const user of this.#users) for (let i = this.chance.between(1, 3); i > 0; i--) this.#open(user);
		this.#happen(this.world.now + length);
		await this.world.run(length);
		await this.#end();
		await this.#leave();
		await this.#close();
		for (const { reading } of this.readers) for (const text of checkReading(reading, this.server.channels)) this.wrong(text);
		for (const text of checkPublishing(this.publishings, this.server.channels)) this.wrong(text);
		return [...this.found];
	}

	wrong(text: string): void {
		this.world.trace(() => `WRONG: ${text}`);
		this.found.add(text);
	}

	/** Tabs whose client is in use. */
	get #living(): Tab[] {
		return this.#tabs.filter(({ closed }) => !closed);
	}

	get #awake(): Tab[] {
		return this.#living.filter(({ isAwake }) => isAwake);
	}

	/** One thing after another, until `end`. */
	#happen(end: number): void {
		this.world.after(this.chance.next() * this.plan.pace, () => {
			if (this.world.now >= end) return;
			const what = this.chance.next();
			if (what < 0.4) this.#serverPublishes(this.chance.pick(this.plan.channels), 1);
			else if (what < 0.65) this.#userDoes();
			// Not so often that nothing else happens.
			else if (this.chance.next() * 3000 < this.plan.pace) {
				if (what < 0.85) this.#browserDoes();
				else this.#trouble();
			}
			this.#happen(end);
		});
	}

	#trouble(): void {
		if (this.plan.troubles.length === 0) return;
		const trouble = this.chance.pick(this.plan.troubles);
		this.world.trace(() => `-- ${trouble.name}`);
		const hint = () => {
			for (const { page } of this.#awake) page.tell("change");
		};
		trouble({ world: this.world, chance: this.chance, network: this.network, server: this.server, hint });
	}

	#serverPublishes(name: string, count: number): void {
		if (this.server.down) return;
		const channel = this.server.channel(name);
		for (let i = count; i > 0; i--) channel.append(JSON.stringify({ serial: ++this.#serial }));
		this.world.trace(() => `${name} has ${channel.head.epoch}-${channel.head.offset}`);
	}

	#userDoes(): void {
		const tabs = this.#awake;
		if (tabs.length === 0) return;
		const tab = this.chance.pick(tabs);
		const what = this.chance.next();
		if (what < 0.6) tab.publish();
		else if (what < 0.82) tab.subscribe();
		else tab.leave();
	}

	#browserDoes(): void {
		const what = this.chance.next();
		const tab = this.chance.pick([undefined, ...this.#living]);
		if (tab === undefined || what < 0.2) this.#open(this.chance.pick(this.#users));
		else if (what < 0.4) this.#freeze(tab, this.chance.between(5000, 60_000));
		else if (what < 0.65) this.#replace(tab);
		else if (!tab.isAwake) return;
		else if (what < 0.75) tab.close();
		else if (what < 0.8) this.#serverPublishes(this.chance.pick(this.plan.channels), this.chance.between(100, 600));
		else tab.page.tell(this.chance.pick(["hide", "change"] as const));
	}

	#open(user: string): Tab | undefined {
		if (this.#living.filter((tab) => tab.user === user).length >= mostTabs) return undefined;
		const tab = new Tab(this, this.#tabs.length, user);
		tab.world.trace(() => `-- a tab of ${user} is opened`);
		this.#tabs.push(tab);
		for (let i = this.chance.between(0, 2); i > 0; i--) tab.subscribe();
		return tab;
	}

	#freeze({ page, world }: Tab, ms: number): void {
		world.trace(() => `-- the tab sleeps for ${ms} ms`);
		page.sleep(ms);
	}

	/** Closes a tab, and as often as not opens another that goes on where it was. */
	#replace(tab: Tab): void {
		const places = tab.discard();
		if (this.chance.happens(0.5)) return;
		const next = this.#open(tab.user);
		for (const { channel, place } of places) next?.subscribe(channel, place);
	}

	/** All trouble ends, and everything comes to rest: first without the tabs that sleep on, and then with them. */
	async #end(): Promise<void> {
		this.over = true;
		this.world.trace(() => "== all is well from now on");
		this.network.heal();
		Object.assign(this.server, { down: false, busyUntil: 0, forgetful: 0 });
		for (const user of this.#users) this.#wake(user);
		await this.#settle(this.#awake, "while others sleep");
		const longest = Math.max(0, ...this.#living.map(({ page }) => page.asleep));
		await this.world.run(longest + 1000);
		for (const tab of this.#living) if (tab.wanted.length === 0) tab.subscribe(this.plan.channels[0]);
		await this.#settle(this.#living, "when all are awake");
		await this.world.run(bound, () => this.#isOne());
		const counts = this.#users.map((user) => `${user} has ${this.#connections(user)}`);
		if (!this.#isOne()) this.wrong(`of ${this.network.wires.length} connections ${counts}`);
		// A link that has not lasted counts as one more that failed, and who failed often waits longer.
		await this.world.run(lasting);
		for (const user of this.#users) await this.#handOver(user);
	}

	/** Whoever leads is frozen or closed, where nothing else is amiss. */
	async #handOver(user: string): Promise<void> {
		const others = this.#living.filter((tab) => tab.user === user);
		const leader = others.find(({ page }) => page.connections > 0);
		if (leader === undefined || others.length === 1) return;
		if (this.chance.happens(0.5)) this.#freeze(leader, handOver + 10_000);
		else leader.discard();
		others.splice(others.indexOf(leader), 1);
		await this.#settle(others, "after another tab led", handOver);
		await this.world.run(leader.page.asleep + 1000);
	}

	/** Some sleep on, but not all. */
	#wake(user: string): void {
		const mine = this.#living.filter((tab) => tab.user === user);
		const tabs = mine.length > 0 ? mine : [this.#open(user) as Tab];
		const awake = this.chance.pick(tabs);
		awake.page.sleep(0);
		if (awake.wanted.length === 0) awake.subscribe(this.plan.channels[0]);
		for (const tab of tabs) if (tab !== awake && this.chance.happens(0.3)) this.#freeze(tab, bound + 10_000);
	}

	async #settle(tabs: readonly Tab[], when: string, ms = bound): Promise<void> {
		this.world.trace(() => `== ${when}`);
		const isDone = () => tabs.every(({ isAtRest }) => isAtRest);
		this.world.after(500, () => {
			for (const channel of this.plan.channels) this.#serverPublishes(channel, 1);
		});
		await this.world.run(1000);
		if (await this.world.run(ms, isDone)) return;
		const restless = tabs.filter(({ isAtRest }) => !isAtRest);
		this.wrong(`not at rest ${when}: ${restless.map(({ number, state }) => `tab ${number}, ${state}`).join("; ")}`);
	}

	#connections(user: string): number {
		return this.#tabs.reduce((sum, tab) => sum + (tab.user === user && !tab.page.gone ? tab.page.connections : 0), 0);
	}

	/** Whether each user has one connection, and the server sees no others; between two short polls there is none. */
	#isOne(): boolean {
		const counts = this.#users.map((user) => this.#connections(user));
		const least = this.plan.transports.some((name) => name !== "short-poll") ? 1 : 0;
		const sum = counts.reduce((all, count) => all + count, 0);
		return this.network.wires.length === sum && counts.every((count) => count >= least && count <= 1);
	}

	/** What is read no more is not sent any more. */
	async #leave(): Promise<void> {
		const channel = this.chance.pick(this.plan.channels);
		for (const { wanted } of this.#living) for (const reader of wanted) if (reader.reading.channel === channel) reader.leave();
		await this.world.run(40_000);
		if ((this.server.readers.get(channel) ?? 0) > 0) this.wrong(`${channel} was left, and is still being sent`);
	}

	async #close(): Promise<void> {
		for (const tab of this.#living) {
			tab.close();
			if (this.chance.happens(0.5)) await this.world.run(this.chance.between(0, 3000));
		}
		await this.world.run(10_000);
		if (this.network.wires.length > 0) this.wrong(`closing left ${this.network.wires.length} connections`);
	}
}
