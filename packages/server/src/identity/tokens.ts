/** JSON Web Tokens: which are believed, and what they say of who sends them. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { HoldfastError } from "@holdfast/protocol";
import { decodeJwt, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Caller } from "./caller.ts";
import { keySet } from "./key-set.ts";
import { parseRights, type WrittenRights } from "./rights.ts";

export type TokenAlgorithm = "HS256" | "RS256" | "ES256" | "EdDSA";

/** Whose tokens are believed. Exactly one of `secret`, `key` and `jwks`. */
export interface TokenIssuer {
	/** A secret of at least 32 bytes, for HS256. */
	readonly secret?: string | Uint8Array;
	/** A public key or certificate as PEM, for RS256, ES256 or EdDSA. */
	readonly key?: string;
	/** Where the issuer publishes its keys as a JSON Web Key Set. Kept for ten minutes, and asked again for a key id that is new. */
	readonly jwks?: string;
	/** Narrows the algorithms that the key is good for. */
	readonly algorithms?: readonly TokenAlgorithm[];
	/** What `iss` must be. */
	readonly issuer?: string;
	/** What `aud` must name. */
	readonly audience?: string | readonly string[];
}

type VerifyKey = Parameters<typeof jwtVerify>[1];

interface Issuer {
	readonly name: string | undefined;
	readonly audience: string | string[] | undefined;
	readonly algorithms: readonly TokenAlgorithm[];
	readonly key: VerifyKey | ReturnType<typeof keySet>;
}

const leastSecret = 32;
const longestToken = 16 * 1024;
const asymmetric = ["RS256", "ES256", "EdDSA"] as const;

export class Tokens {
	readonly #issuers: readonly Issuer[];
	readonly #clock: Clock;

	/** @throws HoldfastError `bad_request` naming what is wrong with an issuer. */
	constructor(issuers: readonly TokenIssuer[], clock: Clock) {
		this.#clock = clock;
		this.#issuers = issuers.map((issuer) => openIssuer(issuer, clock));
		const names = this.#issuers.map(({ name }) => name);
		if (new Set(names).size < names.length || (names.length > 1 && names.includes(undefined))) {
			throw new HoldfastError("bad_request", "Of several issuers of tokens each needs an issuer of its own.");
		}
	}

	/**
	 * Who the token says it is.
	 *
	 * @throws HoldfastError `unauthorized` saying what is wrong with the token; `overloaded` when the issuer's keys cannot be had.
	 */
	async verify(token: string): Promise<Caller> {
		if (token.length > longestToken) throw refusal("is longer than 16 KiB");
		const { key, name, audience, algorithms } = this.#issuerOf(token);
		try {
			const { payload } = await jwtVerify(token, key as VerifyKey, {
				algorithms: [...algorithms],
				requiredClaims: ["exp"],
				currentDate: new Date(this.#clock.now()),
				...(name === undefined ? {} : { issuer: name }),
				...(audience === undefined ? {} : { audience }),
			});
			return callerOf(payload);
		} catch (error) {
			throw explain(error);
		}
	}

	/** Where there is but one it is the one, and says itself what it misses. */
	#issuerOf(token: string): Issuer {
		const [only, ...others] = this.#issuers;
		if (only !== undefined && others.length === 0) return only;
		let claimed: string | undefined;
		try {
			claimed = decodeJwt(token).iss;
		} catch (error) {
			throw explain(error);
		}
		const issuer = this.#issuers.find(({ name }) => name === claimed);
		if (issuer === undefined) throw refusal("is of an issuer that is not known here");
		return issuer;
	}
}

function openIssuer({ secret, key, jwks, algorithms, issuer, audience }: TokenIssuer, clock: Clock): Issuer {
	if ([secret, key, jwks].filter((source) => source !== undefined).length !== 1) {
		throw new HoldfastError("bad_request", "An issuer of tokens has either a secret, or a key, or the URL of a key set (jwks).");
	}
	const source = secret !== undefined ? secretKey(secret) : key !== undefined ? publicKey(key) : remoteKeys(jwks ?? "", clock);
	const wanted = algorithms ?? source.algorithms;
	const misfit = wanted.find((algorithm) => !source.algorithms.includes(algorithm));
	if (misfit !== undefined || wanted.length === 0) {
		throw new HoldfastError(
			"bad_request",
			`This issuer's key is good for ${source.algorithms.join(", ")}, not ${misfit ?? "nothing"}.`,
		);
	}
	return {
		name: issuer,
		audience: typeof audience === "object" ? [...audience] : audience,
		algorithms: wanted,
		key: source.key,
	};
}

interface Source {
	readonly key: Issuer["key"];
	/** What it can verify: a public key is never taken for a secret. */
	readonly algorithms: readonly TokenAlgorithm[];
}

function secretKey(secret: string | Uint8Array): Source {
	const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
	if (bytes.length < leastSecret) {
		throw new HoldfastError("bad_request", `A secret for tokens has at least ${leastSecret} bytes, not ${bytes.length}.`);
	}
	if (Buffer.from(bytes).includes("-----BEGIN ")) {
		throw new HoldfastError("bad_request", "A secret for tokens is no PEM: give a public key as key.");
	}
	return { key: bytes, algorithms: ["HS256"] };
}

function publicKey(pem: string): Source {
	let key: KeyObject;
	try {
		key = createPublicKey(pem);
	} catch (cause) {
		throw new HoldfastError("bad_request", "The key for tokens is no public key or certificate as PEM.", { cause });
	}
	const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
	if (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) return { key, algorithms: ["RS256"] };
	if (type === "ec" && details?.namedCurve === "prime256v1") return { key, algorithms: ["ES256"] };
	if (type === "ed25519") return { key, algorithms: ["EdDSA"] };
	throw new HoldfastError("bad_request", "The key for tokens is RSA of 2048 bits or more, EC P-256 or Ed25519.");
}

function remoteKeys(url: string, clock: Clock): Source {
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
		throw new HoldfastError("bad_request", `jwks is a URL of http or https, not ${url}`);
	}
	return { key: keySet(new URL(url), clock), algorithms: asymmetric };
}

function callerOf({ sub, jti, iat, exp, holdfast }: JWTPayload): Caller {
	let rights: Caller["rights"];
	try {
		rights = parseRights(holdfast);
	} catch (error) {
		throw refusal(`says rights that cannot be read: its claim holdfast ${(error as Error).message}`);
	}
	return {
		...(sub === undefined ? {} : { subject: sub }),
		...(jti === undefined ? {} : { tokenId: jti }),
		...(iat === undefined ? {} : { issued: iat }),
		until: (exp as number) * 1000,
		rights,
		written: (holdfast ?? {}) as WrittenRights,
	};
}

function refusal(what: string): HoldfastError {
	return new HoldfastError("unauthorized", `The token ${what}.`);
}

/** What is the token's own fault, by the codes of jose. Anything else says nothing about the token. */
const faults: Readonly<Record<string, string>> = {
	ERR_JWT_EXPIRED: "has expired",
	ERR_JWT_INVALID: "is no JSON Web Token",
	ERR_JWS_INVALID: "is no JSON Web Token",
	ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "is not signed by the issuer's key",
	ERR_JOSE_ALG_NOT_ALLOWED: "is signed by an algorithm that is not accepted here",
	ERR_JOSE_NOT_SUPPORTED: "is signed by an algorithm that is not accepted here",
	ERR_JWKS_NO_MATCHING_KEY: "is signed by a key that the issuer does not publish",
	ERR_JWKS_MULTIPLE_MATCHING_KEYS: "names none of the issuer's several keys",
};

function explain(error: unknown): HoldfastError {
	if (error instanceof HoldfastError) return error;
	const { code = "", claim, reason } = error as { code?: string; claim?: string; reason?: string };
	if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") {
		return refusal(reason === "missing" ? `has no ${claim}` : `has an ${claim} that does not hold here`);
	}
	const fault = faults[code];
	if (fault !== undefined) return refusal(fault);
	diagnostics.fault.tell({ during: "token", error });
	return new HoldfastError("overloaded", "The token cannot be verified now; try again.", { retryAfter: 2, cause: error });
}
