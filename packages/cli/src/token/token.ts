/** Tokens to try rights with. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignJWT } from "jose";
import { CommandError, describe } from "../exit-codes.ts";

export interface TokenRequest {
	readonly secret?: string | undefined;
	/** The path of a private key as PEM. */
	readonly key?: string;
	readonly sub?: string;
	readonly read?: readonly string[];
	readonly publish?: readonly string[];
	readonly admin?: boolean;
	/** Milliseconds. */
	readonly expires?: number;
	readonly issuer?: string;
	readonly audience?: string;
	readonly id?: string;
}

const hour = 3_600_000;
const leastSecret = 32;

/** @throws CommandError where there is nothing to sign with. */
export async function makeToken(request: TokenRequest, now: number): Promise<string> {
	const { sub, read, publish, admin, expires = hour, issuer, audience, id } = request;
	const { key, algorithm } = signer(request);
	const seconds = Math.floor(now / 1000);
	const rights = { ...(read && { read }), ...(publish && { publish }), ...(admin && { admin }) };
	const token = new SignJWT({ holdfast: rights })
		.setProtectedHeader({ alg: algorithm })
		.setIssuedAt(seconds)
		.setExpirationTime(seconds + Math.ceil(expires / 1000));
	if (sub !== undefined) token.setSubject(sub);
	if (issuer !== undefined) token.setIssuer(issuer);
	if (audience !== undefined) token.setAudience(audience);
	if (id !== undefined) token.setJti(id);
	return token.sign(key);
}

function signer({ secret, key: path }: TokenRequest): { readonly key: Uint8Array | KeyObject; readonly algorithm: string } {
	if (path !== undefined) {
		const key = readPrivateKey(path);
		const algorithm = { rsa: "RS256", ec: "ES256", ed25519: "EdDSA" }[key.asymmetricKeyType as string];
		if (algorithm !== undefined) return { key, algorithm };
		throw new CommandError("usage", `the key in ${path} is RSA, EC P-256 or Ed25519, not ${key.asymmetricKeyType}`);
	}
	const bytes = new TextEncoder().encode(secret ?? "");
	if (bytes.length >= leastSecret) return { key: bytes, algorithm: "HS256" };
	throw new CommandError(
		"usage",
		secret === undefined
			? "say what to sign with: --secret, HOLDFAST_TOKEN_SECRET or --key"
			: `the secret has at least ${leastSecret} bytes, not ${bytes.length}`,
	);
}

function readPrivateKey(path: string): KeyObject {
	try {
		return createPrivateKey(readFileSync(path));
	} catch (cause) {
		throw new CommandError("usage", `cannot read a private key from ${path}: ${describe(cause)}`, { cause });
	}
}
