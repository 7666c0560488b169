/** The codes that are open. Only hashes are kept, so who reads the log can sign in nobody. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { problem } from "@holdfast/kit/server";

export interface Code {
	/** SHA-256 of the secret. */
	readonly hash: string;
	/** The browser that asked for the code, by its cookie. */
	readonly browser: string;
	/** What the phone is told of that browser. */
	readonly device: string;
	/** The channel on which that browser waits has a name of its own, which nobody can make out from the code. */
	readonly wait: string;
	readonly until: number;
	/** Who confirmed it; then it is used. */
	readonly name?: string;
}

/** All of them are kept as one message. */
export type Codes = readonly Code[];
const maxCodes = 100;

export const random = (bytes: number) => randomBytes(bytes).toString("base64url");
const hashOf = (secret: string) => createHash("sha256").update(secret).digest();

export const open = (codes: Codes) => codes.filter(({ until }) => until > Date.now());
export const without = (codes: Codes, browser: string | undefined) => open(codes).filter((code) => code.browser !== browser);

/** In the place of the browser's earlier one, used or not. */
export function withNew(codes: Codes, secret: string, asked: Pick<Code, "browser" | "device" | "wait" | "until">): Codes {
	const others = without(codes, asked.browser);
	if (others.length >= maxCodes) throw problem(503, "Too many codes are open. Try again in a minute.");
	return [...others, { ...asked, hash: hashOf(secret).toString("base64url") }];
}

/** One answer for what never was, was used or is too old: who guesses learns nothing. */
export function bySecret(codes: Codes, secret: string): Code {
	const hash = hashOf(secret);
	const code = open(codes).find((code) => timingSafeEqual(Buffer.from(code.hash, "base64url"), hash));
	if (code === undefined || code.name !== undefined) {
		throw problem(410, "This code was used or is too old. Ask for a new one on the other device.");
	}
	return code;
}

/** A browser in words that a person can compare with what is before them. */
export function deviceOf(userAgent: string): string {
	const browser = /Edg|OPR|Firefox|Chrome|Safari/.exec(userAgent)?.[0] ?? "A browser";
	const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent)?.[0] ?? "an unknown system";
	return `${{ Edg: "Edge", OPR: "Opera" }[browser] ?? browser} on ${system}`;
}
