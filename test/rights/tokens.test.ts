/** Where keys come from, and that they can be changed. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createHoldfast, hashApiKey, type RightsOptions } from "@holdfast/server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";
import { type Claims, type KeyServer, seconds, sign, startKeyServer } from "./issuer.ts";

const claims: Claims = { sub: "ann", holdfast: { read: ["chat.*"] } };
const path = "/v1/channels/chat.a/messages";
const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(rights: RightsOptions): Promise<World> {
	const world = await startWorld({ rights });
	ends.push(() => world.close());
	return world;
}

const status = async (world: World, token: string | undefined, more: object = {}) =>
	(await ask(world.origin + path, { headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...more } }))
		.status;

describe("a key", () => {
	const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const ed = generateKeyPairSync("ed25519");
	const pem = ({ publicKey }: typeof rsa) => publicKey.export({ type: "spki", format: "pem" }).toString();
	const secret = randomBytes(32);

	test.each([
		["RS256", { key: pem(rsa) }, rsa.privateKey],
		["ES256", { key: pem(ec) }, ec.privateKey],
		["EdDSA", { key: pem(ed) }, ed.privateKey],
		["HS256", { secret }, secret],
		["HS256", { secret: secret.toString("hex") }, Buffer.from(secret.toString("hex"))],
	] as const)("of %s is believed", async (algorithm, tokens, key) => {
		const world = await start({ tokens });
		expect(await status(world, await sign(key, algorithm, claims))).toBe(200);
	});

	test.each([
		[{}, /either a secret, or a key, or the URL/],
		[{ secret, jwks: "https://a.example" }, /either a secret, or a key, or the URL/],
		[{ secret: "short" }, /at least 32 bytes, not 5/],
		[{ secret: pem(rsa) }, /give a public key as key/],
		[{ key: "no pem" }, /no public key or certificate as PEM/],
		[{ key: pem(generateKeyPairSync("rsa", { modulusLength: 1024 })) }, /2048 bits or more/],
		[{ key: pem(rsa), algorithms: ["HS256"] }, /good for RS256, not HS256/],
		[{ secret, algorithms: [] }, /good for HS256, not nothing/],
		[{ jwks: "file:///etc/passwd" }, /URL of http or https/],
		[[{ secret }, { key: pem(rsa) }], /each needs an issuer of its own/],
	] as const)("that makes no sense is told at the start: %#", (tokens, told) => {
		expect(() => createHoldfast({ rights: { tokens: tokens as NonNullable<RightsOptions["tokens"]> } })).toThrow(told);
	});

	test("of one of several issuers signs for that issuer alone", async () => {
		const world = await start({
			tokens: [
				{ issuer: "https://a.example", key: pem(rsa) },
				{ issuer: "https://b.example", key: pem(ec) },
			],
		});
		expect(await status(world, await sign(rsa.privateKey, "RS256", { ...claims, iss: "https://a.example" }))).toBe(200);
		expect(await status(world, await sign(ec.privateKey, "ES256", { ...claims, iss: "https://b.example" }))).toBe(200);
		expect(await status(world, await sign(rsa.privateKey, "RS256", { ...claims, iss: "https://b.example" }))).toBe(401);
		expect(await status(world, await sign(rsa.privateKey, "RS256", claims))).toBe(401);
	});
});

describe("a key set", () => {
	let keys: KeyServer;
	let other: KeyServer;
	beforeAll(async () => {
		[keys, other] = await Promise.all([startKeyServer(), startKeyServer()]);
	});
	afterAll(() => Promise.all([keys.close(), other.close()]));

	test("is asked once for many tokens, and again for a key that is new", async () => {
		await keys.rotate();
		const world = await startWorld({ rights: { tokens: { jwks: keys.url } } });
		ends.push(() => world.close());
		const before = keys.asked();
		const tokens = await Promise.all(Array.from({ length: 20 }, () => keys.sign(claims)));
		expect(new Set(await Promise.all(tokens.map((token) => status(world, token))))).toEqual(new Set([200]));
		expect(keys.asked() - before).toBe(1);
		// Anybody can make up key ids: the issuer is not asked for each.
		const foreign = await Promise.all(Array.from({ length: 20 }, () => other.sign(claims)));
		await keys.rotate(true);
		expect(new Set(await Promise.all(foreign.map((token) => status(world, token))))).toEqual(new Set([401]));
		expect(keys.asked() - before).toBeLessThanOrEqual(2);
	});

	test("that does not answer refuses with 503 until it does, and its URL never comes from a token", async () => {
		keys.fail(true);
		const world = await start({ tokens: { jwks: keys.url } });
		const asked = other.asked();
		const token = await other.sign({ ...claims, jku: other.url, iss: other.url });
		const answer = await ask(world.origin + path, { headers: { Authorization: `Bearer ${token}` } });
		expect([answer.status, answer.json.code, Number(answer.headers["retry-after"]) > 0]).toEqual([503, "overloaded", true]);
		keys.fail(false);
		expect(await status(world, token)).toBe(401);
		expect(await status(world, await keys.sign(claims))).toBe(200);
		expect(other.asked()).toBe(asked);
	});
});

describe("an API key", () => {
	const key = `hf_${randomBytes(32).toString("base64url")}`;
	const apiKeys = [
		{ name: "ops", hash: hashApiKey(`hf_${"o".repeat(43)}`), admin: true },
		{ name: "shop", hash: hashApiKey(key), publish: ["chat.*"], read: ["chat.*"] },
	];

	test("does what stands beside its hash, under its name, until it is revoked", async () => {
		const world = await start({ apiKeys });
		const headers = { Authorization: `Bearer ${key}` };
		expect((await ask(world.origin + path, { body: 1, headers: { ...headers } })).status).toBe(201);
		const { json } = await ask(`${world.origin}${path}?after=first`, { headers });
		expect(json.messages[0].from).toBe("shop");
		expect((await ask(`${world.origin}/v1/channels`, { headers })).status).toBe(403);
		expect(await status(world, `${key}x`)).toBe(401);
		expect(await status(world, "eyJhbGciOiJub25lIn0.e30.")).toBe(401);
		const ops = { Authorization: `Bearer hf_${"o".repeat(43)}` };
		expect((await ask(`${world.origin}/v1/revocations`, { body: { sub: "shop" }, headers: ops })).status).toBe(204);
		await expect.poll(() => status(world, key)).toBe(401);
	});

	test.each([
		[[{ name: "", hash: hashApiKey("x") }], /needs a name/],
		[[{ name: "shop", hash: key }], /shop needs a hash, "sha256:" and 64 hex digits/],
		[[{ name: "shop", hash: hashApiKey("x"), read: "chat" }], /shop has a read that is a list of patterns/],
		[[{ name: "shop", hash: hashApiKey("x"), reads: [] }], /shop has read, publish and admin, and not reads/],
	])("that makes no sense is told at the start: %#", (wrong, told) => {
		expect(() => createHoldfast({ rights: { apiKeys: wrong as NonNullable<RightsOptions["apiKeys"]> } })).toThrow(told);
	});
});

describe("credentials", () => {
	const secret = randomBytes(32);

	test("may be in the cookie that was named, and in no other; the header comes first", async () => {
		const world = await start({ tokens: { secret }, cookie: "session" });
		const token = await sign(secret, "HS256", claims);
		expect(await status(world, undefined, { Cookie: `a=b; session=${token}; c=d` })).toBe(200);
		expect(await status(world, undefined, { Cookie: `other=${token}` })).toBe(401);
		expect(await status(world, undefined, { Cookie: "session=bad" })).toBe(401);
		expect(await status(world, "bad", { Cookie: `session=${token}` })).toBe(401);
	});

	test("are never taken from the URL, but for tickets", async () => {
		const world = await start({ tokens: { secret }, cookie: "session" });
		const token = await sign(secret, "HS256", claims);
		for (const name of ["token", "access_token", "authorization", "session", "ticket"]) {
			expect((await ask(`${world.origin}${path}?${name}=${token}`)).status).toBe(401);
		}
	});

	test("that are no good are refused on the full WebSocket before it opens, and none are needed to open it", async () => {
		const world = await start({ tokens: { secret } });
		const { status: refused } = await ask(`${world.origin}/v1/socket`, {
			headers: {
				Connection: "Upgrade",
				Upgrade: "websocket",
				"Sec-WebSocket-Key": randomBytes(16).toString("base64"),
				"Sec-WebSocket-Version": 13,
				"Sec-WebSocket-Protocol": "holdfast.v1",
				Authorization: "Bearer bad",
			},
		});
		expect(refused).toBe(401);
	});
});

describe("a ticket", () => {
	const secret = randomBytes(32);
	const issue = async (world: World, claim: Claims = claims) => {
		const headers = { Authorization: `Bearer ${await sign(secret, "HS256", claim)}` };
		return ask(`${world.origin}/v1/tickets`, { method: "POST", headers });
	};

	test("is good for 30 s and one connection, with the rights and the name of whom it stands for", async () => {
		const world = await start({ tokens: { secret } });
		const { status: made, json, headers } = await issue(world);
		expect([made, headers["cache-control"]]).toEqual([201, "no-store"]);
		expect(json.expires - Date.now()).toBeLessThanOrEqual(30_000);
		const asked = (channel: string, ticket: string) => ask(`${world.origin}/v1/channels/${channel}/messages?ticket=${ticket}`);
		expect((await asked("chat.a", json.ticket)).status).toBe(200);
		expect((await asked("chat.a", json.ticket)).json.detail).toMatch(/has been used/);
		const second = (await issue(world)).json.ticket as string;
		expect((await asked("other", second)).status).toBe(403);
		// One that nobody has used: a used one is refused whatever its secret.
		const third = (await issue(world)).json.ticket as string;
		for (const wrong of [
			"",
			"x",
			"a-1.x",
			`${third}x`,
			third.replace(/^(.*)-(\d+)\./, "$1-999."),
			third.replace(/^[^-]*/, "x"),
		]) {
			expect((await asked("chat.a", encodeURIComponent(wrong))).status).toBe(401);
		}
		expect((await asked("chat.a", third)).status).toBe(200);
	});

	test("is for whoever has credentials", async () => {
		const world = await start({ tokens: { secret }, public: { read: ["chat.*"] } });
		expect((await ask(`${world.origin}/v1/tickets`, { method: "POST" })).status).toBe(401);
		const without = await start({ public: { read: ["chat.*"] } });
		expect((await ask(`${without.origin}/v1/tickets`, { method: "POST" })).status).toBe(404);
	});

	test("does not outlive the token, and falls with it", async () => {
		const world = await start({ tokens: { secret } });
		const short = (await issue(world, { ...claims, exp: seconds() + 1 })).json.ticket;
		const admin = await sign(secret, "HS256", { holdfast: { admin: true } });
		const stolen = (await issue(world, { ...claims, jti: "stolen" })).json.ticket;
		await ask(`${world.origin}/v1/revocations`, { body: { jti: "stolen" }, headers: { Authorization: `Bearer ${admin}` } });
		await new Promise((resolve) => setTimeout(resolve, 1100));
		for (const ticket of [short, stolen]) expect((await ask(`${world.origin}${path}?ticket=${ticket}`)).status).toBe(401);
	});

	test("holds no secret where it is kept", async () => {
		const world = await start({ tokens: { secret } });
		const { ticket } = (await issue(world)).json;
		const admin = await sign(secret, "HS256", { holdfast: { admin: true } });
		const { text } = await ask(`${world.origin}/v1/channels/$tickets/messages?after=first`, {
			headers: { Authorization: `Bearer ${admin}` },
		});
		expect(text).toContain('"subject":"ann"');
		expect(text).not.toContain(ticket.split(".")[1]);
	});
});
