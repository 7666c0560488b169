import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const routes = [
	["/v1/channels/a/messages", "GET, HEAD, POST, OPTIONS"],
	["/v1/messages", "GET, HEAD, POST, OPTIONS"],
	["/v1/channels/a", "GET, HEAD, DELETE, OPTIONS"],
	["/v1/channels", "GET, HEAD, OPTIONS"],
	["/v1/socket", "GET, OPTIONS"],
] as const;

test.each(routes)("OPTIONS %s is answered with Allow: %s", async (path, allow) => {
	const { status, headers, text } = await ask(world.origin + path, { method: "OPTIONS" });
	expect({ status, allow: headers.allow, text }).toEqual({ status: 204, allow, text: "" });
});

test.each(routes)("another method of %s is 405 with Allow: %s", async (path, allow) => {
	for (const method of ["PUT", "PATCH", "TRACE"]) {
		const { status, headers, json } = await ask(world.origin + path, { method });
		expect({ status, allow: headers.allow, code: json.code }).toEqual({ status: 405, allow, code: "method_not_allowed" });
	}
});

test.each([
	["DELETE", "/v1/channels/a/messages"],
	["DELETE", "/v1/messages?channel=a"],
	["POST", "/v1/channels/a"],
	["POST", "/v1/channels"],
	["DELETE", "/v1/channels"],
	["POST", "/v1/socket"],
])("%s %s is 405", async (method, path) => {
	expect((await ask(world.origin + path, { method })).status).toBe(405);
});

describe("HEAD", () => {
	test.each([
		"/v1/channels/head/messages?after=first",
		"/v1/messages?channel=head&after=first",
		"/v1/channels/head",
		"/v1/channels",
	])("%s has the status and headers of GET and no body", async (path) => {
		await ask(`${world.origin}/v1/channels/head/messages`, { body: { n: 1 } });
		const got = await ask(world.origin + path);
		const head = await ask(world.origin + path, { method: "HEAD" });
		expect(got.status).toBe(200);
		expect(head.text).toBe("");
		expect({ ...head.headers, date: "" }).toEqual({ ...got.headers, date: "" });
	});

	test("does not wait, and opens no stream", async () => {
		const url = `${world.origin}/v1/channels/head/messages?wait=30`;
		expect((await ask(url, { method: "HEAD" })).status).toBe(200);
		const { status, headers } = await ask(url, { method: "HEAD", headers: { Accept: "text/event-stream" } });
		expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "text/event-stream" });
	});
});

test.each([
	"/",
	"/v1",
	"/v1/",
	"/v2/channels/a/messages",
	"/v1/channels/a/messages/",
	"/v1/channels/a/messages/x",
	"/v1/channels/a/b/messages",
	"/v1/Messages",
	"/V1/messages",
	"//v1/messages",
	"/x/v1/messages",
	"/v1/%6Dessages",
])("%s is no route", async (path) => {
	const { status, json } = await ask(world.origin + path);
	expect({ status, code: json.code }).toEqual({ status: 404, code: "not_found" });
});

test("a request target in absolute form is the same resource, as from a proxy", async () => {
	const raw = await openRaw(world.port, `GET ${world.origin}/v1/channels/a/messages HTTP/1.1\r\nHost: localhost\r\n\r\n`);
	expect(await raw.until('"more"')).toMatch(/^HTTP\/1\.1 200 /);
	raw.close();
});
