/** Twenty origins of pages, at each door that a browser opens for whoever asks. */
import { randomBytes } from "node:crypto";
import { subprotocol } from "@holdfast/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { sign } from "./issuer.ts";

const secret = randomBytes(32);
const listed = ["https://app.example", "https://app.example:8443", "http://localhost:5173"];

let world: World;
let cookie: string;
beforeAll(async () => {
	world = await startWorld({ cors: listed, rights: { tokens: { secret }, cookie: "session" } });
	const token = await sign(secret, "HS256", { sub: "ann", holdfast: { read: ["*"], publish: ["*"], admin: true } });
	// What a browser sends by itself, whoever makes it.
	cookie = `session=${token}`;
});
afterAll(() => world.close());

const strangers = [
	"https://evil.example",
	"http://app.example",
	"https://app.example.evil.example",
	"https://evil-app.example",
	"https://sub.app.example",
	"https://app.example:8444",
	"https://app.example:443.evil.example",
	"https://app.example@evil.example",
	"https://APP.EXAMPLE",
	"https://app.example/",
	"https://app.example.",
	"http://localhost",
	"http://localhost:5174",
	"http://127.0.0.1:1",
	"null",
	"file://",
	"",
	"*",
];

const path = "/v1/channels/a/messages";

describe.each(listed)("a page of %s, which is listed", (Origin) => {
	test("reads, publishes and opens WebSockets with its user's cookie", async () => {
		const headers = { Origin, Cookie: cookie };
		const { status, headers: told } = await ask(world.origin + path, { headers });
		expect([status, told["access-control-allow-origin"], told["access-control-allow-credentials"], told.vary]).toEqual([
			200,
			Origin,
			"true",
			"Origin",
		]);
		expect((await ask(world.origin + path, { body: 1, headers })).status).toBe(201);
		for (const [url, protocol] of [
			[path, undefined],
			["/v1/socket", subprotocol],
		] as const) {
			const socket = await openSocket(world.origin + url, { headers, ...(protocol === undefined ? {} : { protocol }) });
			socket.close();
		}
	});
});

describe.each(strangers)("a page of %j, which is not", (Origin) => {
	test("may read nothing, and neither publish, administer, nor open a WebSocket in its user's name", async () => {
		const headers = { Origin, Cookie: cookie };
		const { headers: told } = await ask(world.origin + path, { headers });
		expect(Object.keys(told).filter((name) => name.startsWith("access-control-"))).toEqual([]);
		expect(told.vary).toBe("Origin");
		const writes = [
			ask(world.origin + path, { body: 1, headers }),
			ask(`${world.origin}/v1/messages`, { body: [], headers }),
			ask(`${world.origin}/v1/channels/a`, { method: "DELETE", headers }),
			ask(`${world.origin}/v1/revocations`, { body: { sub: "ann" }, headers }),
			ask(`${world.origin}/v1/tickets`, { method: "POST", headers }),
			refusedSocket(world.origin + path, { headers }),
			refusedSocket(`${world.origin}/v1/socket`, { headers, protocol: subprotocol }),
		];
		expect((await Promise.all(writes)).map(({ status, json }) => [status, json.code])).toEqual(
			writes.map(() => [403, "forbidden"]),
		);
	});
});

test("a page of the server's own origin may, without being listed", async () => {
	const headers = { Origin: world.origin, Cookie: cookie };
	expect((await ask(world.origin + path, { body: 1, headers })).status).toBe(201);
	(await openSocket(world.origin + path, { headers })).close();
});
