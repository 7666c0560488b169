/** Where runs put what nobody keeps: profiles, data folders. On the checkout's disk, since `/tmp` may be memory. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const temporary: string = fileURLToPath(new URL("../../results/tmp/", import.meta.url));

const tmpfs = 0x01021994;

let own: string | undefined;

/** A fresh folder, removed when the bench ends. @throws Error where a flush would not reach a disk. */
export function dataFolder(): string {
	own ??= ownFolder();
	return mkdtempSync(join(own, "data-"));
}

function ownFolder(): string {
	mkdirSync(temporary, { recursive: true });
	if (statfsSync(temporary).type === tmpfs) throw new Error(`${temporary} is in memory; durability needs a disk`);
	const folder = mkdtempSync(join(temporary, "run-"));
	process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
