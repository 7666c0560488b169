import type { Random } from "../clock.ts";

const first = 2000;
const longest = 5 * 60 * 1000;

/** What a receiver may ask for: one that says a year has made a mistake. */
const longestAsked = 60 * 60 * 1000;

/** Milliseconds to wait after so many attempts: doubled each time, the upper half of it at random, and no less than was asked for. */
export function retryDelay(attempts: number, random: Random, asked = 0): number {
	const delay = Math.min(longest, first * 2 ** Math.min(attempts, 20));
	return Math.max(delay * (0.5 + random() / 2), Math.min(asked, longestAsked));
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterOf(header: string | null, now: number): number {
	if (header === null) return 0;
	if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
	// A date is read from almost anything, a negative number too.
	return /^[A-Z][a-z]{2}, .* GMT$/.test(header) ? Math.max(0, Date.parse(header) - now) || 0 : 0;
}
