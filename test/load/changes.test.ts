/** Keys, tokens and certificates that change, and a user who is revoked, on two nodes over Redis while messages flow. */
import { copyFileSync } from "node:fs";
import { subprotocol } from "@holdfast/protocol";
import { afterEach, expect, test } from "vitest";
import { type Claims, type KeyServer, seconds, startKeyServer } from "../rights/issuer.ts";
import { openSession, tell } from "../support/http2.ts";
import { makeCertificate } from "../support/proxies.ts";
import { startRedis } from "../support/redis.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { type Client, openSocket } from "../support/socket.ts";
import { sleep } from "./tools.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

const path = "/v1/channels/load/messages";
const readersANode = 100;

interface Followed {
	readonly user: string;
	readonly numbers: number[];
	readonly troubles: unknown[];
	/** The code that it was closed with. */
	closed: number | undefined;
}

async function follow(node: RunningServer, keys: KeyServer, user: string): Promise<Followed> {
	const token = await keys.sign({ sub: user, iat: seconds() - 5, exp: seconds() + 600, holdfast: { read: ["load"] } });
	const socket: Client = await openSocket(`${node.url}/v1/socket`, { protocol: subprotocol, trusting: true });
	ends.push(() => socket.close());
	await socket.next();
	socket.send({ op: "auth", token });
	socket.send({ op: "subscribe", channel: "load", after: "first" });
	const followed: Followed = { user, numbers: [], troubles: [], closed: undefined };
	void socket.closed.then(({ code }) => {
		followed.closed = code;
	});
	void (async () => {
		for (;;) {
			const frame = await socket.next();
			if (frame.op === "message") followed.numbers.push(frame.data);
			else if (frame.op === "gap" || frame.op === "error") followed.troubles.push(frame);
		}
	})().catch(() => undefined);
	return followed;
}

test("keys rotate, tokens change, the certificate is renewed, a user is revoked: nobody else is cut, and nothing is refused or lost", {
	timeout: 180_000,
}, async () => {
	const [keys, redis, folder, renewed] = [await startKeyServer(), await startRedis(), temporaryFolder(), temporaryFolder()];
	ends.push(
		() => keys.close(),
		() => redis.close(),
		folder.remove,
		renewed.remove,
	);
	makeCertificate(folder.path);
	makeCertificate(renewed.path);
	const start = async () => {
		const tls = ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${folder.path}/key.pem`];
		const node = await startServer({ args: ["--redis", redis.url, "--token-jwks", keys.url, ...tls] });
		ends.push(() => node.kill());
		return node;
	};
	const nodes = await Promise.all([start(), start()]);
	const all: Followed[] = [];
	for (const node of nodes) for (let i = 0; i < readersANode; i++) all.push(await follow(node, keys, `user${i}`));

	const sessions = await Promise.all(nodes.map(({ url }) => openSession(url)));
	for (const session of sessions) ends.push(() => session.destroy());
	const as = async (claims: Claims) => ({ authorization: `Bearer ${await keys.sign({ exp: seconds() + 60, ...claims })}` });
	const refused: unknown[] = [];
	let sent = 0;
	let going = true;
	const publishing = (async () => {
		for (; going; await sleep(20)) {
			// A new token for each message, of the key of now.
			const headers = {
				"content-type": "application/json",
				...(await as({ sub: "publisher", holdfast: { publish: ["load"] } })),
			};
			const { status, json } = await tell(sessions[sent % 2] as (typeof sessions)[number], path, headers, String(sent + 1));
			if (status === 201) sent += 1;
			else refused.push(json);
		}
	})();

	// An unknown key id is looked for at most every 30 s.
	await sleep(31_000);
	await keys.rotate(true);
	await sleep(3000);
	for (const name of ["key.pem", "cert.pem"]) copyFileSync(`${renewed.path}/${name}`, `${folder.path}/${name}`);
	await expect.poll(() => nodes.map(({ errors }) => errors.length), { timeout: 10_000 }).toEqual([1, 1]);
	const revoked = performance.now();
	const headers = { "content-type": "application/json", ...(await as({ sub: "ops", holdfast: { admin: true } })) };
	expect((await tell(sessions[0] as (typeof sessions)[number], "/v1/revocations", headers, '{"sub":"user7"}')).status).toBe(204);
	const gone = () => all.filter(({ closed }) => closed !== undefined);
	await expect.poll(() => gone().length, { timeout: 10_000, interval: 50 }).toBe(2);
	const took = performance.now() - revoked;
	await sleep(3000);
	going = false;
	await publishing;
	await expect.poll(() => all.filter(({ numbers }) => numbers.at(-1) === sent).length, { timeout: 10_000 }).toBe(all.length - 2);

	console.log(
		`${sent} published by ${sent} tokens of two keys; the revoked user was cut on both nodes after ${Math.round(took)} ms`,
	);
	expect(refused).toEqual([]);
	expect(gone().map(({ user, closed }) => [user, closed])).toEqual([
		["user7", 4503],
		["user7", 4503],
	]);
	const numbers = Array.from({ length: sent }, (_, i) => i + 1);
	for (const { user, closed, numbers: told, troubles } of all) {
		expect([user, troubles]).toEqual([user, []]);
		if (closed === undefined) expect(told).toEqual(numbers);
	}
});
