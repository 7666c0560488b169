/** Everything that may go wrong, by name. */
import type { Chance } from "./chance.ts";
import type { ModelServer } from "./model-server.ts";
import type { Network } from "./network.ts";
import type { World } from "./world.ts";

export interface Place {
	readonly world: World;
	readonly chance: Chance;
	readonly network: Network;
	readonly server: ModelServer;
	/** Tells the page that the network has changed. */
	readonly hint: () => void;
}

export type Trouble = (place: Place) => void;

export const troubles = {
	cutOne: ({ chance, network }) => one(chance, network.wires)?.cut(),
	cutAll: ({ network }) => every(network.wires, (wire) => wire.cut()),
	vanishOne: ({ chance, network }) => one(chance, network.wires)?.vanish(),
	vanishAll: ({ network }) => every(network.wires, (wire) => wire.vanish()),
	/** What one connection brings comes after what a newer one brings. */
	delayOne: ({ chance, network }) => one(chance, network.wires)?.delay(chance.between(100, 20_000)),
	slow: ({ chance, network, world }) => {
		Object.assign(network.latency, { least: chance.between(0, 1000), most: chance.between(1000, 3000) });
		world.after(chance.between(1000, 10_000), () => Object.assign(network.latency, { least: 1, most: 20 }));
	},
	offline: ({ chance, network, world, hint }) => {
		network.down = chance.pick(["refused", "silent"] as const);
		every(network.wires, (wire) => wire.vanish());
		if (chance.happens(0.5)) hint();
		world.after(chance.between(500, 15_000), () => {
			network.down = false;
			if (chance.happens(0.7)) hint();
		});
	},
	socketsBlocked: ({ chance, network, world }) => {
		network.treatment.websocket = chance.pick(["refused", "silent", "killed"] as const);
		world.after(chance.between(1000, 40_000), () => {
			network.treatment.websocket = "well";
		});
	},
	streamsBlocked: ({ chance, network, world }) => {
		network.treatment.sse = chance.pick(["held", "forbidden"] as const);
		world.after(chance.between(1000, 40_000), () => {
			network.treatment.sse = "well";
		});
	},
	impatientProxy: ({ chance, network }) => {
		network.treatment.patience = chance.between(2, 20);
	},
	restart: (place) => restart(place, () => undefined),
	restartEmpty: (place) => restart(place, ({ server }) => every(server.channels.values(), (channel) => channel.remove())),
	restartShorter: (place) =>
		restart(place, ({ server, chance }) => every(server.channels.values(), (channel) => channel.loseTail(chance.between(1, 5)))),
	trim: ({ chance, server }) => one(chance, [...server.channels.values()])?.trim(chance.between(0, 3)),
	remove: ({ chance, server }) => one(chance, [...server.channels.values()])?.remove(),
	busy: ({ chance, server, world, network }) => {
		server.busyWith = chance.pick(["overloaded", "rate_limited"] as const);
		server.retryAfter = chance.between(1, 8);
		server.busyUntil = world.now + chance.between(500, 10_000);
		if (chance.happens(0.7)) every(network.wires, (wire) => wire.cut());
	},
	drain: ({ chance, server }) => server.drain(chance.between(0, 3000)),
	answersLost: ({ chance, server, world }) => {
		server.forgetful = chance.next();
		world.after(chance.between(1000, 10_000), () => {
			server.forgetful = 0;
		});
	},
	publishedTwice: ({ chance, network }) => {
		network.doubled = chance.next();
	},
} satisfies Record<string, Trouble>;

function restart(place: Place, harm: (place: Place) => void): void {
	const { chance, network, server, world } = place;
	server.down = true;
	every(network.wires, (wire) => wire.cut());
	harm(place);
	world.after(chance.happens(0.5) ? 0 : chance.between(0, 5000), () => {
		server.down = false;
	});
}

function one<T>(chance: Chance, list: readonly T[]): T | undefined {
	return list.length === 0 ? undefined : chance.pick(list);
}

function every<T>(list: Iterable<T>, run: (one: T) => void): void {
	for (const item of list) run(item);
}
