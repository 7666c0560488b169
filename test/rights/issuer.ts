/** An issuer of tokens, honest and otherwise. */
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, type JWTPayload, SignJWT } from "jose";

export interface Claims extends JWTPayload {
	readonly holdfast?: object;
}

export const seconds = () => Math.floor(Date.now() / 1000);

/** Signs claims that are good for a minute unless they say otherwise; undefined takes one away. */
export function sign(key: KeyObject | Uint8Array, alg: string, claims: Claims, kid?: string): Promise<string> {
	const all = { iat: seconds(), exp: seconds() + 60, ...claims };
	return new SignJWT(all).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What no library would make: a token without a signature, or one that takes a public key for a secret. */
export function forge(alg: "none" | "HS256", claims: Claims, secret = ""): string {
	const text = `${part({ alg, typ: "JWT" })}.${part({ iat: seconds(), exp: seconds() + 60, ...claims })}`;
	return `${text}.${alg === "none" ? "" : createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A token that says itself which key to believe. */
export async function signWithOwnKey(claims: Claims, url: string): Promise<string> {
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const all = { iat: seconds(), exp: seconds() + 60, ...claims };
	return new SignJWT(all).setProtectedHeader({ alg: "ES256", jwk: await exportJWK(publicKey), jku: url }).sign(privateKey);
}

export interface KeyServer {
	readonly url: string;
	/** How often it has been asked. */
	readonly asked: () => number;
	/** Signs with the newest key. */
	sign(claims: Claims): Promise<string>;
	/** A new key in the place of the others, or beside them. */
	rotate(keep?: boolean): Promise<void>;
	/** Whether it answers. */
	fail(failing: boolean): void;
	close(): Promise<void>;
}

/** A server of a JSON Web Key Set. */
export async function startKeyServer(): Promise<KeyServer> {
	let count = 0;
	let asked = 0;
	let failing = false;
	let keys: { readonly kid: string; readonly key: KeyObject; readonly jwk: object }[] = [];
	const rotate = async (keep = false) => {
		const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
		const kid = `key-${++count}`;
		keys = [
			...(keep ? keys : []),
			{ kid, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" } },
		];
	};
	await rotate();
	const server = createServer((_, response) => {
		asked += 1;
		response.writeHead(failing ? 500 : 200, { "Content-Type": "application/json" });
		response.end(failing ? "" : JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
		asked: () => asked,
		sign(claims) {
			const newest = keys.at(-1);
			if (newest === undefined) throw new Error("There is no key.");
			return sign(newest.key, "ES256", claims, newest.kid);
		},
		rotate,
		fail(now) {
			failing = now;
		},
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
