/**
 * Changed requests and frames at a server with rights, over every parser and route: it stays, fails nothing, and grows by nothing. The same
 * seed sends the same. `npm run test:fuzz` sends 100,000; `npm test` a thousand.
 */
import { expect, test } from "vitest";
import { seconds, sign } from "../rights/issuer.ts";
import { ask } from "../support/http.ts";
import { memoryOf } from "../support/memory.ts";
import { startServer } from "../support/server.ts";
import { operations, requests, upgrade } from "./corpus.ts";
import { type Mutator, mutator } from "./mutate.ts";
import { frame, shoot } from "./shoot.ts";

const count = Number(process.env["FUZZ"] ?? 1000);
const seed = Number(process.env["SEED"] ?? 1);
const atOnce = 64;
const secret = "a secret of more than thirty-two bytes";

const MiB = 1024 ** 2;

/** One connection's worth: a changed request, or a WebSocket and changed frames. */
function shot(made: Mutator, asked: readonly Buffer[], said: readonly Buffer[], token: string): readonly Buffer[] {
	if (made.below(3) > 0) return [made.mutate(made.pick(asked), asked)];
	const path = made.below(2) === 0 ? "/v1/socket" : "/v1/channels/chat.a/messages";
	const opening = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${upgrade}Sec-WebSocket-Protocol: holdfast.v1\r\n\r\n`;
	const frames = Array.from({ length: 1 + made.below(5) }, () => {
		const payload = made.mutate(made.pick(said), said);
		const kind = made.below(10);
		if (kind === 0) return made.bytes(made.below(40));
		if (kind === 1) return frame(payload, made.below(256));
		if (kind === 2) return frame(payload, undefined, made.below(2 ** 31));
		return frame(payload);
	});
	return [Buffer.from(opening), ...frames];
}

test(`${count} changed requests and frames of seed ${seed}: no crash, no 500, nothing that no client caused, and memory stays`, async () => {
	const server = await startServer({
		args: ["--memory", "--token-cookie", "session", "--retention-messages", "100"],
		env: { HOLDFAST_TOKEN_SECRET: secret },
	});
	try {
		const holdfast = { read: ["*"], publish: ["*"], admin: true };
		const token = await sign(Buffer.from(secret), "HS256", { sub: "fuzz", exp: seconds() + 3600, holdfast });
		const made = mutator(seed);
		const [asked, said] = [requests(token), operations(token)];
		const statuses = new Map<number | undefined, number>();
		const wrong: string[] = [];
		let left = count;
		const work = async (until: number) => {
			while (left > until) {
				left -= 1;
				const pieces = shot(made, asked, said, token);
				const { status, text } = await shoot(server.port, pieces);
				statuses.set(status, (statuses.get(status) ?? 0) + 1);
				// On a WebSocket a fault is an operation refused with the code `internal`.
				if (status === 500 || text.includes('"code":"internal"'))
					wrong.push(`${Buffer.concat(pieces).toString("latin1")}\n→ ${text}`);
			}
		};
		const volley = (until: number) => Promise.all(Array.from({ length: atOnce }, () => work(until)));
		await volley(Math.floor(count / 2));
		const before = memoryOf(server.pid);
		await volley(0);
		// It answers as before, to the first and to the last.
		const headers = { Authorization: `Bearer ${token}` };
		expect((await ask(`${server.url}/v1/channels/fine/messages`, { body: { fine: true }, headers })).status).toBe(201);
		expect((await ask(`${server.url}/v1/channels/fine/messages?last=1`, { headers })).json.messages[0].data).toEqual({
			fine: true,
		});
		expect(wrong.slice(0, 3)).toEqual([]);
		expect(server.errors.filter((line) => /fault|rror/.test(line))).toEqual([]);
		expect(memoryOf(server.pid) - before).toBeLessThan(100 * MiB);
		// It was met where it should be: not all was refused at the door, and not all let through.
		for (const status of [200, 201, 400, 101])
			expect([status, statuses.get(status) ?? 0]).toEqual([status, expect.toSatisfy((n) => n > count / 200)]);
		if (process.env["FUZZ"] !== undefined) console.log(Object.fromEntries([...statuses].sort()));
	} finally {
		await server.kill();
	}
}, 900_000);
