/** From values to shares of an axis, and the values that stand beside it. */

export interface Scale {
	/** Between 0 and 1. */
	at(value: number): number;
	readonly ticks: readonly number[];
}

export function scaleOf(values: readonly number[], logarithmic: boolean): Scale {
	return logarithmic ? logarithmicScale(values.filter((value) => value > 0)) : linearScale(values);
}

function linearScale(values: readonly number[]): Scale {
	const most = Math.max(0, ...values) || 1;
	const rough = 10 ** Math.floor(Math.log10(most / 5));
	const step = [1, 2, 5, 10].map((factor) => factor * rough).find((candidate) => most / candidate <= 6) ?? 10 * rough;
	const count = Math.ceil(most / step - 1e-9);
	return {
		at: (value) => Math.max(0, value / (count * step)),
		ticks: Array.from({ length: count + 1 }, (_, i) => i * step),
	};
}

/** Of whole decades. The lowest begins well below the smallest value, or its bar would have no length. */
function logarithmicScale(values: readonly number[]): Scale {
	const low = values.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...values) * 0.8));
	const high = values.length === 0 ? 1 : Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
	const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
	const between = high - low > 2 ? [] : decades.slice(0, -1).flatMap((decade) => [2 * decade, 5 * decade]);
	return {
		at: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - low) / (high - low))),
		ticks: [...decades, ...between].sort((a, b) => a - b),
	};
}

/** A value as it stands beside its bar. */
export function figure(value: number): string {
	const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3;
	return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** A value as it stands at an axis: `10k`, `2M`. */
export function tick(value: number): string {
	if (value >= 1e6) return `${round(value / 1e6)}M`;
	if (value >= 1e3) return `${round(value / 1e3)}k`;
	return round(value);
}

function round(value: number): string {
	return String(Number(value.toPrecision(3)));
}
