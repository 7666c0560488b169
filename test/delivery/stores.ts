import { type Log, type MemoryLogOptions, memoryLog } from "@holdfast/server";
import { World, type WorldOptions } from "@holdfast/server/testing";

export type Limits = Omit<MemoryLogOptions, "clock" | "random">;

/** A log, and what can happen to it that a server does not do. */
export interface Kept {
	readonly log: Log;
	/** The log as the next server finds it. */
	reopen(): Promise<Log>;
	close(): Promise<void>;
}

export interface Store {
	readonly name: string;
	open(limits: Limits): Promise<Kept>;
}

const memory: Store = {
	name: "memory",
	async open(limits) {
		const log = memoryLog(limits);
		return { log, reopen: async () => log, close: () => log.close() };
	},
};

export const stores: readonly Store[] = [memory];

export interface Scene {
	readonly limits?: Limits;
	readonly options?: WorldOptions;
}

/** A test that has a world of its own, with an empty log of `store`. */
export function inWorld(store: Store, run: (world: World, kept: Kept) => Promise<void>, scene: Scene = {}): () => Promise<void> {
	return async () => {
		const kept = await store.open(scene.limits ?? {});
		const world = await World.start(kept.log, scene.options);
		try {
			await run(world, kept);
		} finally {
			await world.close();
			await kept.close();
		}
	};
}
