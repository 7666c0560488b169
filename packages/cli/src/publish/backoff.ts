const first = 500;
const longest = 30_000;

/**
 * Milliseconds before another try: doubling, and spread over half of that, so that readers that lost one server together do
 * not come back together. Never less than the server asked for.
 */
export function backoff(failures: number, random: number, asked = 0): number {
	const spread = Math.min(longest, first * 2 ** Math.min(failures, 10)) * (0.5 + random / 2);
	return Math.round(asked > 0 ? asked + Math.min(spread, asked / 4) : spread);
}
