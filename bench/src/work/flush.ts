/** The physical limits of durable publishing: what a write and its flush take without Holdfast. */
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { open as openStore } from "lmdb";
import { payload } from "../load/payload.ts";
import { median } from "../report/table.ts";

const rounds = 200;
const diskPage = Buffer.alloc(4096);

async function medianTime(round: (number: number) => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	for (let number = 0; number < rounds; number++) {
		const begin = performance.now();
		await round(number);
		times.push(performance.now() - begin);
	}
	return median(times);
}

/** Milliseconds to write 4 KiB to a file and have the disk say that it has them. */
export async function diskFlush(folder: string): Promise<number> {
	const file = await openFile(join(folder, "flush"), "w");
	const time = await medianTime(async (number) => {
		await file.write(diskPage, 0, diskPage.length, number * diskPage.length);
		await file.datasync();
	});
	await file.close();
	return time;
}

/** Milliseconds of one transaction of the bare store with `messages` records, flushed. */
export async function storeFlush(folder: string, messages: number): Promise<number> {
	const store = openStore({ path: folder });
	const time = await medianTime((number) => {
		// The writes of one turn share a transaction.
		for (let i = 0; i < messages; i++) void store.put(number * messages + i, payload(i));
		return store.flushed;
	});
	await store.close();
	return time;
}
