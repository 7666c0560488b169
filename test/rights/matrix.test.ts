/** Transport × right × case: whoever may not is refused on every way, in what is new as in what is old. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";
import { type Claims, forge, type KeyServer, seconds, sign, signWithOwnKey, startKeyServer } from "./issuer.ts";
import { publishers, readers } from "./ways.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const { privateKey: foreign } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = publicKey.export({ type: "spki", format: "pem" }).toString();

const rights = { read: ["chat.*", "user.{sub}"], publish: ["chat.*"] };
const good: Claims = { iss: "https://login.example", aud: "holdfast", sub: "ann", holdfast: rights };
const begun = seconds();
const make = (claims: Claims) => sign(privateKey, "RS256", { ...good, ...claims });
const admin = () => make({ sub: "ops", holdfast: { admin: true } });

let world: World;
/** Those of an issuer that is known, and of one that is not. */
let keys: KeyServer;
let strangers: KeyServer;
const ofKeySet = { ...good, iss: "https://keys.example" };

beforeAll(async () => {
	[keys, strangers] = await Promise.all([startKeyServer(), startKeyServer()]);
	world = await startWorld({
		rights: {
			tokens: [
				{ key: pem, issuer: "https://login.example", audience: "holdfast" },
				{ jwks: keys.url, issuer: "https://keys.example", audience: "holdfast" },
			],
			public: { read: ["open.*"] },
		},
	});
	for (const channel of ["chat.a", "user.ann", "user.bob", "secret", "open.a"]) await world.holdfast.publish(channel, "kept");
	await revoke({ jti: "stolen" });
	await revoke({ sub: "mallory" });
});
afterAll(() => Promise.all([world.close(), keys.close(), strangers.close()]));

/** The first part of a token, as base64. */
const unknownKey = Buffer.from(JSON.stringify({ alg: "ES256", kid: "key-99" })).toString("base64url");

async function revoke(body: object): Promise<void> {
	const headers = { Authorization: `Bearer ${await admin()}` };
	expect((await ask(`${world.origin}/v1/revocations`, { body, headers })).status).toBe(204);
}

const bad: Readonly<Record<string, () => string | Promise<string> | undefined>> = {
	"no token": () => undefined,
	"a word": () => "secret",
	"two words": () => "no token",
	"an API key that nobody made": () => "hf_0123456789",
	"a token that is 20 kB long": () => make({ pad: "x".repeat(20_000) }),
	"a token that has expired": () => make({ exp: seconds() - 1 }),
	"a token that never expires": () => make({ exp: undefined as never }),
	"a token that is not good yet": () => make({ nbf: seconds() + 60 }),
	"a token that was revoked": () => make({ jti: "stolen" }),
	"a token of a subject that was revoked": () => make({ sub: "mallory", iat: begun - 10 }),
	"a token of a revoked subject that says no time": () => make({ sub: "mallory", iat: undefined as never }),
	"a token for somebody else": () => make({ aud: "another" }),
	"a token for nobody": () => make({ aud: undefined as never }),
	"a token of another issuer": () => make({ iss: "https://evil.example" }),
	"a token of nobody": () => make({ iss: undefined as never }),
	"a token signed by another key": () => sign(foreign, "RS256", good),
	"a token signed by an algorithm that was not agreed on": () => sign(privateKey, "PS256", good),
	"a token signed with the public key as if it were a secret": () => forge("HS256", good, pem),
	"a token of a key id that its issuer does not publish": async () =>
		(await strangers.sign(ofKeySet)).replace(/^[^.]*/, unknownKey),
	"a token that names a known key id and is signed by another key": () => strangers.sign(ofKeySet),
	"a token that brings its own key": () => signWithOwnKey(ofKeySet, strangers.url),
	"a token without a signature": () => forge("none", good),
	"a token whose signature was cut off": async () => (await make({})).replace(/[^.]*$/, ""),
	"a token whose claims were changed": async () => {
		const [head, , signature] = (await make({})).split(".");
		return `${head}.${Buffer.from(JSON.stringify({ ...good, exp: seconds() + 60, sub: "root" })).toString("base64url")}.${signature}`;
	},
	"a token whose rights are no rights": () => make({ holdfast: { read: "chat.*" } }),
	"a token with a star in the middle": () => make({ holdfast: { read: ["chat.*.a"], publish: ["chat.*"] } }),
};

describe.each(Object.entries(readers))("%s", (_, read) => {
	test("is served by a good token: what the patterns name, and what is its subject's own", async () => {
		const token = await make({});
		expect(await read(world.origin, "chat.a", token)).toBe("ok");
		expect(await read(world.origin, "chat.a", await keys.sign(ofKeySet))).toBe("ok");
		expect(await read(world.origin, "user.ann", token)).toBe("ok");
	});

	test.each(Object.entries(bad))("with %s is refused", async (_case, token) => {
		expect(await read(world.origin, "chat.a", await token())).toBe("unauthorized");
	});

	test.each(["secret", "user.bob", "chat.", "chat", "$revocations"])(
		"of %s is forbidden to who may read others",
		async (channel) => {
			expect(await read(world.origin, channel, await make({}))).toBe("forbidden");
		},
	);

	test("of what is public is served to everybody, but not to a token that is no good", async () => {
		expect(await read(world.origin, "open.a", undefined)).toBe("ok");
		expect(await read(world.origin, "open.a", await make({ holdfast: {} }))).toBe("ok");
		expect(await read(world.origin, "open.a", "secret")).toBe("unauthorized");
	});
});

describe.each(Object.entries(publishers))("%s", (name, publish) => {
	const count = async (channel: string) => {
		const headers = { Authorization: `Bearer ${await admin()}` };
		return (await ask(`${world.origin}/v1/channels/${channel}`, { headers })).json.messages as number;
	};

	test("is taken with a good token, and bears its subject", async () => {
		const token = await make({});
		expect(await publish(world.origin, "chat.b", token)).toBe("ok");
		const { json } = await ask(`${world.origin}/v1/channels/chat.b/messages?last=1`, {
			headers: { Authorization: `Bearer ${token}` },
		});
		expect(json.messages[0].from).toBe("ann");
	});

	test.each(Object.entries(bad))("with %s is refused, and nothing is stored", async (_case, token) => {
		const before = await count("chat.a");
		expect(await publish(world.origin, "chat.a", await token())).toBe("unauthorized");
		expect(await count("chat.a")).toBe(before);
	});

	test.each(["secret", "user.ann", "open.a", "$revocations", "$tickets"])(
		"to %s is forbidden to who may publish elsewhere",
		async (channel) => {
			const before = await count(channel);
			expect(await publish(world.origin, channel, await make({}))).toBe("forbidden");
			expect(await count(channel)).toBe(before);
		},
	);

	test(`to what everybody may read is refused to nobody in particular (${name})`, async () => {
		expect(await publish(world.origin, "open.a", undefined)).toBe("unauthorized");
	});
});

describe("administration", () => {
	const asked = [
		"GET /v1/channels",
		"GET /v1/channels/chat.a",
		"DELETE /v1/channels/chat.z",
		"GET /v1/connections",
		"DELETE /v1/connections/x-1",
		"POST /v1/revocations",
	];

	test.each(asked)("%s is for administrators", async (what) => {
		const [method = "", path] = what.split(" ");
		const status = async (token: string | undefined) => {
			const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
			return (await ask(world.origin + path, { method, headers, ...(method === "POST" ? { body: { jti: "none" } } : {}) }))
				.status;
		};
		expect(await status(undefined)).toBe(401);
		expect(await status("secret")).toBe(401);
		// Who reads and publishes, from this machine too.
		expect(await status(await make({}))).toBe(403);
		// Of another node, where there may be one: it is told.
		expect([200, 202, 204]).toContain(await status(await admin()));
	});

	test.each([[{}], [{ sub: "" }], [{ sub: 1 }], [{ sub: "a", more: 1 }], [[]], ["ann"]])(
		"POST /v1/revocations of %j is a bad request",
		async (body) => {
			const headers = { Authorization: `Bearer ${await admin()}`, "Content-Type": "application/json" };
			const { status, json } = await ask(`${world.origin}/v1/revocations`, {
				method: "POST",
				body: JSON.stringify(body),
				headers,
			});
			expect([status, json.code]).toEqual([400, "bad_request"]);
		},
	);

	test("an administrator reads what the server keeps for itself", async () => {
		const headers = { Authorization: `Bearer ${await admin()}` };
		const { json } = await ask(`${world.origin}/v1/channels/$revocations/messages?after=first`, { headers });
		expect(json.messages.map(({ data }: { data: unknown }) => data)).toContainEqual({ jti: "stolen" });
	});
});
