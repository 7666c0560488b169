import { createHoldfast } from "@holdfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

const listed = "https://app.example";
const foreign = "https://evil.example";

let closed: World;
let some: World;
let all: World;
beforeAll(async () => {
	[closed, some, all] = await Promise.all([
		startWorld(),
		startWorld({ cors: [listed, "http://localhost:5173"] }),
		startWorld({ cors: ["*"] }),
	]);
});
afterAll(() => Promise.all([closed, some, all].map((world) => world.close())));

const path = "/v1/channels/a/messages";
const grantOf = (headers: Record<string, unknown>) =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));

describe("an answer", () => {
	test("to a page of a listed origin may be read by it, with credentials", async () => {
		const { status, headers } = await ask(some.origin + path, { headers: { Origin: listed } });
		expect(status).toBe(200);
		expect(grantOf(headers)).toEqual({
			"access-control-allow-origin": listed,
			"access-control-allow-credentials": "true",
			"access-control-expose-headers": expect.stringMatching(/ETag.*Retry-After/),
		});
		expect(headers.vary).toBe("Origin");
	});

	test("may be read by the page when it is an error, a stream or a 304 too", async () => {
		const etag = (await ask(some.origin + path)).headers.etag as string;
		for (const [url, method, more] of [
			[`${path}?after=x`, "GET", {}],
			["/v1/nothing", "GET", {}],
			[path, "PUT", {}],
			[path, "GET", { "If-None-Match": etag }],
			[path, "HEAD", { Accept: "text/event-stream" }],
			[path, "POST", { "Content-Type": "application/json" }],
		] as const) {
			const { headers } = await ask(some.origin + url, { method, headers: { Origin: listed, ...more } });
			expect([url, method, headers["access-control-allow-origin"]]).toEqual([url, method, listed]);
		}
	});

	test.each([foreign, "null", `${listed}.evil.example`, "https://app.example:8443", "http://app.example", "HTTPS://APP.EXAMPLE"])(
		"to a page of %s, which is not listed, is its alone to send and not to read",
		async (Origin) => {
			const { headers } = await ask(some.origin + path, { headers: { Origin } });
			expect(grantOf(headers)).toEqual({});
			expect(headers.vary).toBe("Origin");
		},
	);

	test("to no page varies by origin as well, so that no cache mixes them", async () => {
		const { headers } = await ask(some.origin + path);
		expect({ vary: headers.vary, grant: grantOf(headers) }).toEqual({ vary: "Origin", grant: {} });
	});

	test("is for all where all are listed, without credentials", async () => {
		const { headers } = await ask(all.origin + path, { headers: { Origin: foreign } });
		expect(headers["access-control-allow-origin"]).toBe("*");
		expect(headers).not.toHaveProperty("access-control-allow-credentials");
	});

	test("grants nothing where nothing is listed", async () => {
		const { headers } = await ask(closed.origin + path, { headers: { Origin: foreign } });
		expect(grantOf(headers)).toEqual({});
	});
});

describe("a preflight", () => {
	const asking = (Origin: string) => ({
		method: "OPTIONS",
		headers: {
			Origin,
			"Access-Control-Request-Method": "POST",
			"Access-Control-Request-Headers": "content-type,idempotency-key",
		},
	});

	test("of a listed origin is told the methods and headers", async () => {
		const { status, headers } = await ask(some.origin + path, asking(listed));
		expect(status).toBe(204);
		expect(headers).toMatchObject({
			"access-control-allow-origin": listed,
			"access-control-allow-credentials": "true",
			"access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
			"access-control-max-age": expect.stringMatching(/^\d+$/),
			vary: "Origin",
			allow: "GET, HEAD, POST, OPTIONS",
		});
		const accepted = headers["access-control-allow-headers"]?.toLowerCase().split(", ");
		for (const name of ["authorization", "content-type", "idempotency-key", "if-none-match", "last-event-id", "prefer"]) {
			expect(accepted).toContain(name);
		}
	});

	test("of an unlisted origin is told nothing", async () => {
		for (const world of [some, closed]) {
			const { status, headers } = await ask(world.origin + path, asking(foreign));
			expect({ status, grant: grantOf(headers) }).toEqual({ status: 204, grant: {} });
		}
	});

	test("asks for no rights", async () => {
		const ruled = await startWorld({ cors: [listed], authorize: () => "unauthorized" });
		expect((await ask(ruled.origin + path, asking(listed))).status).toBe(204);
		await ruled.close();
	});
});

describe("publishing from a page", () => {
	const send = (world: World, Origin: string) =>
		ask(world.origin + path, { body: "x", headers: { Origin, "Content-Type": "text/plain" } });

	test("of a foreign origin is refused: a form needs no preflight", async () => {
		for (const world of [closed, some]) {
			for (const origin of [foreign, "null", "file://"]) {
				expect(await send(world, origin)).toMatchObject({ status: 403, json: { code: "forbidden" } });
			}
		}
	});

	test("of the same origin, of a listed one, or where all are listed is taken", async () => {
		expect((await send(closed, closed.origin)).status).toBe(201);
		expect((await send(some, listed)).status).toBe(201);
		expect((await send(all, foreign)).status).toBe(201);
	});

	test("of a foreign origin cannot remove a channel either", async () => {
		const { status } = await ask(`${closed.origin}/v1/channels/a`, { method: "DELETE", headers: { Origin: foreign } });
		expect(status).toBe(403);
	});
});

describe.each([
	["plain", path, undefined],
	["full", "/v1/socket", "holdfast.v1"],
])("a %s WebSocket", (_, target, protocol) => {
	const options = (Origin?: string) => ({
		...(protocol === undefined ? {} : { protocol }),
		headers: Origin === undefined ? {} : { Origin },
	});

	test("of a foreign page is refused with 403", async () => {
		for (const world of [closed, some]) {
			for (const origin of [foreign, "null", `${world.origin}0`]) {
				const { status, json } = await refusedSocket(world.origin + target, options(origin));
				expect({ status, code: json.code }).toEqual({ status: 403, code: "forbidden" });
			}
		}
	});

	test("of no page, of the same origin, of a listed one, or where all are listed is opened", async () => {
		for (const [world, origin] of [
			[closed, undefined],
			[closed, closed.origin],
			[closed, closed.origin.replace("http:", "https:")],
			[some, listed],
			[all, foreign],
		] as const) {
			const socket = await openSocket(world.origin + target, options(origin));
			socket.close();
		}
	});
});

test.each(["https://app.example/", "app.example", "https://app.example/path", "", "https://*.example"])(
	"'%s' is no origin to list",
	(entry) => {
		expect(() => createHoldfast({ cors: [entry] })).toThrow(/cors lists origins/);
	},
);
