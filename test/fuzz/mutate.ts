/** Changes bytes as a hostile or a broken client would, always in the same way for the same seed. */
import { Chance } from "../client/simulation/chance.ts";

const nasty = [
	"\0",
	"\r\n",
	"\r\n\r\n",
	"%00",
	"%",
	"%ff",
	"..",
	"//",
	"$",
	"*",
	"{sub}",
	"é",
	"\ud83d\ude00",
	"\u2028",
	"\ufffd",
	'"',
	"\\",
	"[[[[[[[[",
	'{"a":'.repeat(200),
	"-1",
	"0",
	"1e999",
	"99999999999999999999",
	"-0",
	"NaN",
	"null",
	"__proto__",
	"constructor",
	"Transfer-Encoding: chunked\r\n",
	"Content-Length: 5\r\n",
	"Expect: 100-continue\r\n",
	"A".repeat(5000),
	";".repeat(100),
	",".repeat(100),
].map((text) => Buffer.from(text));

export interface Mutator {
	/** One of the list. */
	pick<T>(all: readonly T[]): T;
	/** A whole number from 0 to less than `n`. */
	below(n: number): number;
	/** The bytes with up to five changes; now and then with none. */
	mutate(bytes: Buffer, others: readonly Buffer[]): Buffer;
	bytes(length: number): Buffer;
}

export function mutator(seed: number): Mutator {
	const chance = new Chance(seed);
	const below = (n: number) => Math.floor(chance.next() * n);
	const pick = <T>(all: readonly T[]) => chance.pick(all);
	const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
	/** A stretch, mostly a short one. */
	const stretch = (length: number): readonly [from: number, to: number] => {
		const from = below(length + 1);
		return [from, Math.min(length, from + below(chance.happens(0.8) ? 8 : length + 1))];
	};
	const changes: readonly ((old: Buffer, others: readonly Buffer[]) => Buffer)[] = [
		(old) => {
			const copy = Buffer.from(old);
			if (copy.length > 0) copy[below(copy.length)] = below(256);
			return copy;
		},
		(old) => {
			const [from, to] = stretch(old.length);
			return Buffer.concat([old.subarray(0, from), old.subarray(to)]);
		},
		(old) => {
			const [from, to] = stretch(old.length);
			return Buffer.concat([old.subarray(0, to), old.subarray(from, to), old.subarray(to)]);
		},
		(old) => {
			const at = below(old.length + 1);
			return Buffer.concat([old.subarray(0, at), pick(nasty), old.subarray(at)]);
		},
		(old) => {
			const [from, to] = stretch(old.length);
			return Buffer.concat([old.subarray(0, from), pick(nasty), old.subarray(to)]);
		},
		(old, others) => {
			const other = pick(others);
			const [from, to] = stretch(other.length);
			const at = below(old.length + 1);
			return Buffer.concat([old.subarray(0, at), other.subarray(from, to), old.subarray(at)]);
		},
		(old) => {
			const numbers = [...old.toString("latin1").matchAll(/\d+/g)];
			const found = numbers.length === 0 ? undefined : pick(numbers);
			if (found === undefined) return old;
			return Buffer.concat([old.subarray(0, found.index), pick(nasty), old.subarray(found.index + found[0].length)]);
		},
	];
	return {
		pick,
		below,
		bytes,
		mutate(old, others) {
			let mutated = old;
			for (let left = below(6); left > 0; left--) mutated = pick(changes)(mutated, others);
			return mutated.subarray(0, 100_000);
		},
	};
}
