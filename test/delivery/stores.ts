import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskLog, type Log, type MemoryLogOptions, memoryLog, redisLog } from "@holdfast/server";
import { World, type WorldOptions } from "@holdfast/server/testing";
import { afterAll } from "vitest";
import { type RunningRedis, startRedis } from "../support/redis.ts";

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

let running: Promise<RunningRedis> | undefined;
let count = 0;
afterAll(async () => await (await running)?.close());

/** The server that is asked and the one that publishes are two nodes: what one appends the other hears of, and reads. */
const redis: Store = {
	name: "redis",
	async open(limits = {}) {
		running ??= startRedis();
		const { url } = await running;
		const prefix = `delivery${count++}`;
		const nodes: Log[] = [];
		const node = async () => {
			const log = await redisLog({ url, prefix, ...limits });
			nodes.push(log);
			return log;
		};
		const apart = async (): Promise<Log> => {
			const [here, there] = await Promise.all([node(), node()]);
			return {
				append: (drafts) => there.append(drafts),
				read: (...given) => here.read(...given),
				watch: (...given) => here.watch(...given),
				describe: (channel) => here.describe(channel),
				list: (query) => here.list(query),
				remove: (channel) => there.remove(channel),
				close: async () => void (await Promise.all([here.close(), there.close()])),
				...(here.freshness && { freshness: here.freshness }),
			};
		};
		return {
			log: await apart(),
			reopen: apart,
			close: async () => void (await Promise.all(nodes.map((log) => log.close()))),
		};
	},
};

export const stores: readonly Store[] = [memory, disk, redis];

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
