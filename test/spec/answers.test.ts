/** Answers of a real server, as openapi.json has them: nothing else, and all of it. */
import { randomBytes } from "node:crypto";
import { memoryLog } from "@holdfast/server";
import { HeldLog, ManualClock } from "@holdfast/server/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds, sign } from "../rights/issuer.ts";
import { openEvents } from "../support/events.ts";
import { type Answer, type Ask, ask } from "../support/http.ts";
import { startWorld, type World } from "../support/world.ts";
import { faults, fitter, type Part, resolve } from "./fitting.ts";
import { openapi } from "./openapi.ts";

const document: Part = JSON.parse(JSON.stringify(openapi()));
const validatorOf = fitter(document);
const secret = randomBytes(32);
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const log = new HeldLog(memoryLog());

/** Of all channels under `open.` anybody may do what they like; `full` holds one reader already. */
let world: World;
let full: World;
let bearer: Record<string, string>;
let reader: Record<string, string>;
let head = "";

beforeAll(async () => {
	const open = { read: ["open.*"], publish: ["open.*"] };
	world = await startWorld({
		log,
		rights: { tokens: { secret }, public: open },
		schemas: { "open.typed": { type: "number" } },
		metrics: async () => ({ text: "up 1\n", type: "text/plain; version=0.0.4" }),
	});
	full = await startWorld({ maxConnectionsPerIp: 1 });
	await openEvents(`${full.origin}/v1/channels/a/messages`);
	const claims = (sub: string, holdfast: object) => sign(secret, "HS256", { sub, holdfast, exp: seconds() + 600 });
	bearer = { Authorization: `Bearer ${await claims("ops", { admin: true })}` };
	reader = { Authorization: `Bearer ${await claims("ann", { read: ["chat"] })}` };
	await world.holdfast.publish("open.a", { text: "hi" }, { event: "said", key: "k", from: "ann", traceparent });
	head = (await world.holdfast.publish("open.a", new Uint8Array([1, 2]))).id;
});
afterAll(async () => {
	await world.close();
	await full.close();
});

/** The operations and statuses that were seen. */
const seen = new Set<string>();

/** An operation such as `GET /livez`, as the document has it. */
function operationAt(operation: string): Part {
	const [method = "", path = ""] = operation.split(" ");
	return document.paths[path]?.[method.toLowerCase()];
}

function deref(part: Part): Part {
	return part?.$ref === undefined ? part : resolve(document, part.$ref);
}

/** What the document does not say of the answer. */
function strange(operation: string, { status, headers, text, json }: Answer): readonly string[] {
	seen.add(`${operation} ${status}`);
	const named = operationAt(operation)?.responses[status];
	if (named === undefined) return [`${status} is not described: ${text}`];
	const response = deref(named);
	const missing = Object.entries<Part>(response.headers ?? {})
		.filter(([name, { required }]) => required === true && headers[name.toLowerCase()] === undefined)
		.map(([name]) => `${name} is missing`);
	if (response.content === undefined) return text === "" ? missing : [...missing, `a body: ${text}`];
	const type = headers["content-type"]?.split(";")[0] ?? "";
	const content = response.content[type];
	if (content === undefined) return [...missing, `${type} is not described`];
	const wrong = faults(validatorOf(content.schema), json ?? text);
	const meant = type !== "application/problem+json" || named.description.includes(`\`${json.code}\``);
	return [...missing, ...wrong, ...(meant ? [] : [`${json.code} is not described`])];
}

const json = { "Content-Type": "application/json" };
const foreign = { Origin: "https://elsewhere.example" };
const messages = "/v1/channels/{channel}/messages";

interface Given extends Ask {
	/** Whether it is asked of `full`. */
	readonly full?: true;
}

type Request = readonly [operation: string, status: number, path: string, given?: () => Given];

/** `TAG` is the tag of that path, `NEXT` the cursor of `open.a`, `SOMEONE` a connection. */
const requests: readonly Request[] = [
	[`GET ${messages}`, 200, "/v1/channels/open.a/messages?after=first"],
	[`GET ${messages}`, 200, "/v1/channels/open.a/messages?after=another-3"],
	[`GET ${messages}`, 200, "/v1/channels/open.a/messages?after=first&wait=55&limit=1", () => ({ headers: { Prefer: "wait=5" } })],
	[`GET ${messages}`, 304, "/v1/channels/open.a/messages?after=NEXT", () => ({ headers: { "If-None-Match": `"${head}"` } })],
	[`GET ${messages}`, 400, "/v1/channels/open.a/messages?after=x"],
	[`GET ${messages}`, 400, "/v1/channels/%20/messages"],
	[`GET ${messages}`, 401, "/v1/channels/chat/messages"],
	[`GET ${messages}`, 403, "/v1/channels/other/messages", () => ({ headers: reader })],
	[`GET ${messages}`, 429, "/v1/channels/a/messages?wait=5", () => ({ full: true })],
	[`HEAD ${messages}`, 200, "/v1/channels/open.a/messages", () => ({ method: "HEAD" })],
	[
		`HEAD ${messages}`,
		304,
		"/v1/channels/open.a/messages",
		() => ({ method: "HEAD", headers: { "If-None-Match": `"${head}"` } }),
	],
	[`HEAD ${messages}`, 401, "/v1/channels/chat/messages", () => ({ method: "HEAD" })],
	[`POST ${messages}`, 201, "/v1/channels/open.b/messages", () => ({ body: 1, headers: { "Idempotency-Key": "k" } })],
	[`POST ${messages}`, 200, "/v1/channels/open.b/messages", () => ({ body: 1, headers: { "Idempotency-Key": "k" } })],
	[`POST ${messages}`, 409, "/v1/channels/open.b/messages", () => ({ body: 2, headers: { "Idempotency-Key": "k" } })],
	[`POST ${messages}`, 400, "/v1/channels/open.b/messages?event=$x", () => ({ body: 1 })],
	[`POST ${messages}`, 400, "/v1/channels/open.b/messages?key=", () => ({ body: 1 })],
	[`POST ${messages}`, 400, "/v1/channels/open.b/messages", () => ({ body: "{", headers: json })],
	[`POST ${messages}`, 401, "/v1/channels/chat/messages", () => ({ body: 1 })],
	[`POST ${messages}`, 403, "/v1/channels/chat/messages", () => ({ body: 1, headers: reader })],
	[`POST ${messages}`, 413, "/v1/channels/open.b/messages", () => ({ body: "x".repeat(70_000) })],
	[`POST ${messages}`, 422, "/v1/channels/open.typed/messages", () => ({ body: "{}", headers: json })],
	[`POST ${messages}`, 415, "/v1/channels/open.b/messages", () => ({ body: "x", headers: { "Content-Encoding": "gzip" } })],
	["GET /v1/messages", 200, "/v1/messages?channel=open.a&channel=open.b&after=first"],
	["GET /v1/messages", 200, "/v1/messages?from=open.a:another-3&from=open.b:last.1"],
	["GET /v1/messages", 304, "/v1/messages?channel=open.a&channel=open.b", () => ({ headers: { "If-None-Match": "TAG" } })],
	["GET /v1/messages", 400, "/v1/messages"],
	["GET /v1/messages", 401, "/v1/messages?from=open.a:now&from=chat:now"],
	["HEAD /v1/messages", 200, "/v1/messages?channel=open.a&channel=open.b", () => ({ method: "HEAD" })],
	[
		"HEAD /v1/messages",
		304,
		"/v1/messages?channel=open.a&channel=open.b",
		() => ({ method: "HEAD", headers: { "If-None-Match": "TAG" } }),
	],
	["HEAD /v1/messages", 400, "/v1/messages", () => ({ method: "HEAD" })],
	[
		"POST /v1/messages",
		201,
		"/v1/messages",
		() => ({ body: [{ channel: "open.b", data: 1 }, { channel: "chat", data: 1 }, { channel: "open.typed", data: "1" }, 3] }),
	],
	[
		"POST /v1/messages",
		201,
		"/v1/messages",
		() => ({ body: Array.from({ length: 1000 }, () => ({ channel: "open.c", data: 1 })) }),
	],
	[
		"POST /v1/messages",
		413,
		"/v1/messages",
		() => ({ body: Array.from({ length: 1001 }, () => ({ channel: "open.c", data: 1 })) }),
	],
	["POST /v1/messages", 403, "/v1/messages", () => ({ body: [], headers: foreign })],
	["GET /v1/channels/{channel}", 200, "/v1/channels/open.a", () => ({ headers: bearer })],
	["GET /v1/channels/{channel}", 200, "/v1/channels/never", () => ({ headers: bearer })],
	["GET /v1/channels/{channel}", 403, "/v1/channels/open.a", () => ({ headers: reader })],
	["HEAD /v1/channels/{channel}", 200, "/v1/channels/open.a", () => ({ method: "HEAD", headers: bearer })],
	["HEAD /v1/channels/{channel}", 401, "/v1/channels/open.a", () => ({ method: "HEAD" })],
	["DELETE /v1/channels/{channel}", 204, "/v1/channels/open.c", () => ({ method: "DELETE", headers: bearer })],
	["DELETE /v1/channels/{channel}", 401, "/v1/channels/open.c", () => ({ method: "DELETE" })],
	["GET /v1/channels", 200, "/v1/channels?prefix=open.&limit=1", () => ({ headers: bearer })],
	["GET /v1/channels", 200, "/v1/channels?prefix=nothing", () => ({ headers: bearer })],
	["GET /v1/channels", 401, "/v1/channels"],
	["HEAD /v1/channels", 200, "/v1/channels", () => ({ method: "HEAD", headers: bearer })],
	["HEAD /v1/channels", 401, "/v1/channels", () => ({ method: "HEAD" })],
	["GET /v1/socket", 400, "/v1/socket"],
	["POST /v1/tickets", 201, "/v1/tickets", () => ({ method: "POST", headers: reader })],
	["POST /v1/tickets", 401, "/v1/tickets", () => ({ method: "POST" })],
	["POST /v1/tickets", 404, "/v1/tickets", () => ({ method: "POST", full: true })],
	["POST /v1/revocations", 204, "/v1/revocations", () => ({ body: { sub: "nobody", jti: "x" }, headers: bearer })],
	["POST /v1/revocations", 400, "/v1/revocations", () => ({ body: { subject: "ann" }, headers: bearer })],
	["POST /v1/revocations", 403, "/v1/revocations", () => ({ body: { sub: "ops" }, headers: reader })],
	["POST /v1/revocations", 413, "/v1/revocations", () => ({ body: { sub: "x".repeat(5000) }, headers: bearer })],
	["POST /v1/revocations", 415, "/v1/revocations", () => ({ body: "x", headers: { ...bearer, "Content-Type": "text/plain" } })],
	["GET /v1/connections", 200, "/v1/connections", () => ({ headers: bearer })],
	["GET /v1/connections", 400, "/v1/connections?after=x", () => ({ headers: bearer })],
	["GET /v1/connections", 401, "/v1/connections"],
	["HEAD /v1/connections", 200, "/v1/connections", () => ({ method: "HEAD", headers: bearer })],
	["HEAD /v1/connections", 401, "/v1/connections", () => ({ method: "HEAD" })],
	["DELETE /v1/connections/{id}", 204, "/v1/connections/SOMEONE", () => ({ method: "DELETE", headers: bearer })],
	["DELETE /v1/connections/{id}", 202, "/v1/connections/another-3", () => ({ method: "DELETE", headers: bearer })],
	["DELETE /v1/connections/{id}", 404, "/v1/connections/x", () => ({ method: "DELETE", headers: bearer })],
	["GET /livez", 200, "/livez"],
	["GET /livez", 400, "/livez?%FF"],
	["HEAD /livez", 200, "/livez", () => ({ method: "HEAD" })],
	["HEAD /livez", 400, "/livez?%FF", () => ({ method: "HEAD" })],
	["GET /metrics", 200, "/metrics", () => ({ headers: bearer })],
	["GET /metrics", 401, "/metrics"],
	["GET /metrics", 404, "/metrics", () => ({ full: true })],
	["HEAD /metrics", 200, "/metrics", () => ({ method: "HEAD", headers: bearer })],
	["HEAD /metrics", 401, "/metrics", () => ({ method: "HEAD" })],
	["GET /readyz", 200, "/readyz"],
	["HEAD /readyz", 200, "/readyz", () => ({ method: "HEAD" })],
	...["/holdfast.js", "/holdfast-worker.js"].flatMap<Request>((path) => [
		[`GET ${path}`, 200, path],
		[`GET ${path}`, 304, path, () => ({ headers: { "If-None-Match": "TAG" } })],
		[`GET ${path}`, 400, `${path}?%FF`],
		[`HEAD ${path}`, 200, path, () => ({ method: "HEAD" })],
		[`HEAD ${path}`, 304, path, () => ({ method: "HEAD", headers: { "If-None-Match": "TAG" } })],
		[`HEAD ${path}`, 400, `${path}?%FF`, () => ({ method: "HEAD" })],
	]),
];

/** Fills in what only the server knows: its tags, its cursors, and who is connected. */
async function filled(path: string, { headers = {}, ...given }: Ask): Promise<readonly [string, Ask]> {
	const { "If-None-Match": tag } = headers;
	const known = tag === "TAG" ? String((await ask(world.origin + path)).headers.etag) : tag;
	const all = { ...given, headers: known === undefined ? headers : { ...headers, "If-None-Match": known } };
	if (!path.includes("SOMEONE")) return [path.replace("NEXT", head), all];
	const stream = await openEvents(`${world.origin}/v1/channels/chat/messages`, reader);
	await stream.take(1);
	const listed = await ask(`${world.origin}/v1/connections`, { headers: bearer });
	expect(strange("GET /v1/connections", listed)).toEqual([]);
	expect(listed.json.connections).toMatchObject([{ transport: "sse", subject: "ann" }]);
	return [path.replace("SOMEONE", listed.json.connections[0].id), all];
}

for (const [operation, status, path, given = (): Given => ({})] of requests) {
	test(`${operation} is answered with ${status} to ${path}`, async () => {
		const { full: other, ...asked } = given();
		const [target, all] = await filled(path, asked);
		const answer = await ask((other ? full : world).origin + target, all);
		expect({ status: answer.status, strange: strange(operation, answer) }).toEqual({ status, strange: [] });
	});
}

test("what is away, and what leaves, is 503", async () => {
	log.freshness.set(false);
	for (const method of ["GET", "HEAD"]) {
		expect(strange(`${method} /readyz`, await ask(`${world.origin}/readyz`, { method }))).toEqual([]);
	}
	const stale = await ask(`${world.origin}/v1/channels/open.a/messages?after=${head}&wait=1`);
	expect([stale.json.stale, ...strange(`GET ${messages}`, stale)]).toEqual([true]);
	log.freshness.set(true);
	const leaving = await startWorld();
	await leaving.holdfast.close();
	const asked = await ask(`${leaving.origin}/v1/channels/a/messages`);
	expect([asked.status, ...strange(`GET ${messages}`, asked)]).toEqual([503]);
	await leaving.close();
});

test("who comes too often is told so where the document says so", async () => {
	// Time stands still, so that nobody may come again.
	const busy = await startWorld({
		clock: new ManualClock(),
		connectRatePerIp: 1,
		metrics: async () => ({ text: "", type: "text/plain" }),
	});
	const operations = Object.entries<Part>(document.paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
	);
	let refused = 0;
	for (const [method, path] of operations) {
		const answer = await ask(busy.origin + path.replace(/\{\w+\}/, "a"), { method });
		if (answer.status !== 429) continue;
		refused++;
		expect([path, ...strange(`${method} ${path}`, answer)]).toEqual([path]);
	}
	expect(refused).toBeGreaterThan(10);
	await busy.close();
});

test("another method, and another path, is a problem as it is written", async () => {
	for (const [status, path] of [
		[405, "/v1/channels/a/messages"],
		[404, "/v1/nothing"],
	] as const) {
		const answer = await ask(world.origin + path, { method: "PUT" });
		const { content, headers = {} } = document.components.responses[`Problem${status}`];
		expect(answer.status).toBe(status);
		expect(faults(validatorOf(content["application/problem+json"].schema), answer.json)).toEqual([]);
		for (const name of Object.keys(headers)) expect(answer.headers).toHaveProperty(name.toLowerCase());
	}
});

describe("the bounds of a number in a query are those that are described", () => {
	const numbers = Object.entries<Part>(document.paths).flatMap(([path, { get }]) =>
		(get?.parameters ?? [])
			.filter(({ schema }: Part) => schema?.type === "integer")
			.map(({ name, schema }: Part) => [name, path, schema.minimum, schema.maximum] as const),
	);

	test.each<readonly [string, string, number, number]>(numbers)("%s of %s: %i to %i", async (name, path, least, most) => {
		const target = `${world.origin}${path.replace("{channel}", "open.a")}`;
		const query = path === "/v1/messages" ? "channel=open.a&" : "";
		// With messages to tell, nobody waits.
		const begin = name === "last" ? "" : path.includes("messages") ? "after=first&" : "";
		const statusOf = async (value: number) =>
			(await ask(`${target}?${query}${begin}${name}=${value}`, { headers: bearer })).status;
		const statuses = [await statusOf(least - 1), await statusOf(least), await statusOf(most), await statusOf(most + 1)];
		expect(statuses).toEqual([400, 200, 200, 400]);
	});
});

test("every operation was asked for, and gave each answer that is none of its refusals, and a refusal", () => {
	const missing = Object.entries<Part>(document.paths).flatMap(([path, methods]) =>
		Object.entries<Part>(methods).flatMap(([method, { responses }]) => {
			const operation = `${method.toUpperCase()} ${path}`;
			const good = Object.keys(responses).filter((status) => /^[23]/.test(status) && !seen.has(`${operation} ${status}`));
			const refused = Object.keys(responses).some((status) => /^[45]/.test(status) && seen.has(`${operation} ${status}`));
			return [...good.map((status) => `${operation} ${status}`), ...(refused ? [] : [`${operation}: a refusal`])];
		}),
	);
	expect(missing).toEqual([]);
});
