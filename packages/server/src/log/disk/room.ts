/** How much appends may still add: to the store by its limit, and to the disk. */
import { diskFull, type Environment, freeBytes, keptFree, spareBytes, usedBytes } from "./environment.ts";

export class Room {
	readonly #environment: Environment;
	readonly #maxStoreBytes: number;
	/**
	 * Bytes that the store may still take, or fewer: what is taken comes off, what trimming gives back is seen when there seems to
	 * be no room. To count the pages of each table takes longer than an append.
	 */
	#inStore = 0;
	/** The same for the disk, of which others take too: it is looked at in each transaction. */
	#onDisk = 0;
	#free = 0;
	/** In the transaction under way. */
	#taken = 0;
	#counted = false;

	constructor(environment: Environment, maxStoreBytes: number) {
		this.#environment = environment;
		this.#maxStoreBytes = maxStoreBytes;
	}

	/** First in each transaction, also where nothing is appended. @throws HoldfastError `disk_full` */
	begin(): void {
		const { folder } = this.#environment;
		this.#free = freeBytes(folder);
		if (this.#free < keptFree.always) throw diskFull(folder);
		this.#onDisk = this.#free - keptFree.byAppends;
		this.#taken = 0;
		this.#counted = false;
	}

	/** Whether there was room, which is taken then. */
	take(bytes: number): boolean {
		if (!this.#has(bytes) && !this.#counted) this.#count();
		if (!this.#has(bytes)) return false;
		this.#inStore -= bytes;
		this.#onDisk -= bytes;
		this.#taken += bytes;
		return true;
	}

	#has(bytes: number): boolean {
		return bytes <= this.#inStore && bytes <= this.#onDisk;
	}

	#count(): void {
		const used = usedBytes(this.#environment);
		this.#inStore = this.#maxStoreBytes - used;
		// Half, since what is spare lies in pieces, and a large record needs its pages in a row.
		this.#onDisk = this.#free - keptFree.byAppends + spareBytes(this.#environment, used) / 2 - this.#taken;
		this.#counted = true;
	}
}
