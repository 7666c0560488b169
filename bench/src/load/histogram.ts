/** Times in buckets that grow with them: 64 an octave, so a quantile is right to within 1.6 %. */

const bits = 6;
const perOctave = 1 << bits;
/** Up to half an hour of microseconds. */
const octaves = 26;

export interface Latency {
	/** In milliseconds; NaN where nothing was measured. */
	readonly p50: number;
	readonly p99: number;
	readonly p999: number;
}

export class Histogram {
	readonly #buckets = new Uint32Array(octaves * perOctave);
	#count = 0;

	add(milliseconds: number): void {
		const bucket = bucketOf((milliseconds * 1000) | 0);
		this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
		this.#count++;
	}

	/** In milliseconds, the smallest bucket that at least the share `q` does not exceed. */
	quantile(q: number): number {
		const wanted = Math.ceil(this.#count * q);
		let seen = 0;
		for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
			seen += this.#buckets[bucket] as number;
			if (seen >= wanted && seen > 0) return middleOf(bucket) / 1000;
		}
		return Number.NaN;
	}

	latency(): Latency {
		return { p50: this.quantile(0.5), p99: this.quantile(0.99), p999: this.quantile(0.999) };
	}

	clear(): void {
		this.#buckets.fill(0);
		this.#count = 0;
	}
}

function bucketOf(microseconds: number): number {
	if (microseconds < perOctave) return microseconds < 0 ? 0 : microseconds;
	const octave = 31 - Math.clz32(microseconds) - bits;
	return octave * perOctave + (microseconds >> octave);
}

function middleOf(bucket: number): number {
	if (bucket < 2 * perOctave) return bucket;
	const octave = Math.floor(bucket / perOctave) - 1;
	return (bucket - octave * perOctave + 0.5) * 2 ** octave;
}
