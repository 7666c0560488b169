import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskLog, type Log, type MemoryLogOptions, memoryLog } from "@holdfast/server";
import { World, type WorldOptions } from "@holdfast/server/testing";

export type Limits = Omit<MemoryLogOptions, "clock" | "random">;

/** A log, and what can happen to it that a server does not do. */
export interface Kept {
	/** As it stands now. */
	readonly log: Log;
	/** Ends it and opens it as the next server would. In memory it is the same, as another server of one process has it. */
	reopen(): Promise<Log>;
	close(): Promise<void>;
}

export interface Store {
	readonly name: string;
	open(limits?: Limits): Promise<Kept>;
}

const memory: Store = {
	name: "memory",
	async open(limits = {}) {
		const log = memoryLog(limits);
		return { log, reopen: async () => log, close: () => log.close() };
	},
};

export class KeptOnDisk implements Kept {
	log: Log;
	readonly #folder: string;
	readonly #limits: Limits;

	static async open(limits: Limits = {}): Promise<KeptOnDisk> {
		return new KeptOnDisk(await mkdtemp(join(tmpdir(), "holdfast-delivery-")), limits);
	}

	private constructor(folder: string, limits: Limits) {
		this.#folder = folder;
		this.#limits = limits;
		this.log = this.#open();
	}

	async reopen(): Promise<Log> {
		await this.log.close();
		await rm(join(this.#folder, "backup"), { recursive: true, force: true });
		await cp(join(this.#folder, "data"), join(this.#folder, "backup"), { recursive: true });
		this.log = this.#open();
		return this.log;
	}

	/** Ends it, and opens it as it was when it was opened last: what has been kept since is lost, as with an older backup. */
	async lose(): Promise<Log> {
		await this.log.close();
		await rm(join(this.#folder, "data"), { recursive: true });
		await cp(join(this.#folder, "backup"), join(this.#folder, "data"), { recursive: true });
		this.log = this.#open();
		return this.log;
	}

	async close(): Promise<void> {
		await this.log.close();
		await rm(this.#folder, { recursive: true });
	}

	#open(): Log {
		return diskLog({ folder: join(this.#folder, "data"), ...this.#limits });
	}
}

const disk: Store = { name: "disk", open: KeptOnDisk.open };

export const stores: readonly Store[] = [memory, disk];

export interface Scene {
	readonly limits?: Limits;
	readonly options?: WorldOptions;
}

/** A test that has a world of its own, with an empty log of `store`. */
export function inWorld(store: Store, run: (world: World, kept: Kept) => Promise<void>, scene: Scene = {}): () => Promise<void> {
	return async () => {
		const kept = await store.open(scene.limits);
		const world = await World.start(kept.log, scene.options);
		try {
			await run(world, kept);
		} finally {
			await world.close();
			await kept.close();
		}
	};
}
