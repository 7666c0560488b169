/** The name of one life of a log: 8 characters, so that two lives of one channel share theirs once in 2 × 10^14. */
import type { Random } from "../clock.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function newEpoch(random: Random): string {
	let epoch = "";
	for (let i = 0; i < 8; i++) epoch += alphabet.charAt(Math.floor(random() * alphabet.length));
	return epoch;
}
