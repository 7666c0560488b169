/** Both documents by themselves: what their specifications ask of them, and that they say all there is. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as wire from "@holdfast/protocol";
import { closeCodes, errors, isChannelName, isEventName } from "@holdfast/protocol";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { startWorld } from "../support/world.ts";
import { asyncapi, channels } from "./asyncapi.ts";
import { controlEvents } from "./events.ts";
import { faults, fitter, type Part, partsOf, resolve } from "./fitting.ts";
import { fullFrames, plainFrames } from "./frames.ts";
import { asRouted, openapi, routed } from "./openapi.ts";
import { operations } from "./operations.ts";

// As they are read: what is undefined is not there.
const http: Part = JSON.parse(JSON.stringify(openapi()));
const streams: Part = JSON.parse(JSON.stringify(asyncapi()));
const both = [
	["openapi.json", http],
	["asyncapi.json", streams],
] as const;

test("openapi.json is OpenAPI 3.1", async () => {
	const validator = new Validator();
	expect(await validator.validate(http)).toMatchObject({ valid: true });
	expect(validator.version).toBe("3.1");
	// A document that is wrong is found to be.
	expect(await new Validator().validate({ ...http, paths: { "/x": { get: { responses: { 200: {} } } } } })).toMatchObject({
		valid: false,
	});
});

test("asyncapi.json is AsyncAPI 3.0", () => {
	const path = createRequire(import.meta.url).resolve("@asyncapi/specs/schemas/3.0.0-without-$id.json");
	// It has formats that say nothing here, and unions that strict mode would have written otherwise.
	const validate = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(
		JSON.parse(readFileSync(path, "utf8")),
	);
	expect(faults(validate, streams)).toEqual([]);
	expect(validate({ ...streams, channels: { x: { adress: "/" } } })).toBe(false);
});

describe.each(both)("%s", (_, document) => {
	const validatorOf = fitter(document);

	test("refers to nothing that is not there", () => {
		const refs = [...partsOf(document)].flatMap(([, { $ref }]) => (typeof $ref === "string" ? [$ref] : []));
		expect(refs.length).toBeGreaterThan(50);
		expect(refs.filter((ref) => resolve(document, ref) === undefined)).toEqual([]);
	});

	test("gives examples that fit", () => {
		const wrong: string[] = [];
		let seen = 0;
		const look = (where: string, schema: Part, value: unknown) => {
			seen++;
			wrong.push(...faults(validatorOf(schema), value).map((fault) => `${where}: ${fault}`));
		};
		for (const [where, part] of partsOf(document)) {
			const { schema, payload, headers, examples, example } = part;
			if (Array.isArray(examples) && payload !== undefined) {
				for (const one of examples) {
					look(where, payload, one.payload);
					if (one.headers !== undefined) look(where, headers, one.headers);
				}
			} else if (schema !== undefined) {
				for (const one of Object.values<Part>(examples ?? {})) look(where, schema, one.value);
				if (example !== undefined) look(where, schema, example);
			} else if (Array.isArray(examples) && where.startsWith("#/components/schemas/")) {
				for (const one of examples) look(where, part, one);
			}
		}
		expect(wrong).toEqual([]);
		expect(seen).toBeGreaterThan(20);
	});

	test("knows a channel's name and an event's as the protocol does", () => {
		const { ChannelName, EventName } = document.components.schemas;
		const texts = [
			"a",
			"$a",
			"$",
			"a$",
			".",
			"..",
			"...",
			"",
			"a b",
			"ä",
			"a/b",
			"x".repeat(255),
			"x".repeat(256),
			"\n",
			"a:b~c-d_e.f",
		];
		expect(texts.filter((text) => validatorOf(ChannelName)(text))).toEqual(texts.filter(isChannelName));
		expect(texts.filter((text) => validatorOf(EventName)(text))).toEqual(texts.filter(isEventName));
	});
});

test("each route and method of the router is described, and no other", () => {
	// HEAD is GET without the body, and described by it.
	const described = Object.keys(operations).flatMap((operation) => {
		const as = asRouted(operation);
		const head = as.replace(/^GET /, "HEAD ");
		return head !== as && routed.includes(head) ? [as, head] : [as];
	});
	expect(described.sort()).toEqual([...routed].sort());
	const written = Object.entries<Part>(http.paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => asRouted(`${method.toUpperCase()} ${path}`)),
	);
	expect(written.sort()).toEqual([...routed].sort());
});

test("each error code stands under its status", () => {
	const told = Object.entries<Part>(http.components.responses).flatMap(([name, { content }]) => {
		const { status, code } = content["application/problem+json"].schema.properties;
		expect(name).toBe(`Problem${status.const}`);
		return code.enum.map((one: string) => [one, status.const]);
	});
	expect(Object.fromEntries(told)).toEqual(
		Object.fromEntries(Object.entries(errors).map(([code, { status }]) => [code, status])),
	);
	for (const { components } of [http, streams]) expect(components.schemas.ErrorCode.enum).toEqual(Object.keys(errors));
});

test("each close code is there, with what to do", () => {
	const told = streams["x-close-codes"].map(({ code }: Part) => code);
	expect(told).toEqual([...Object.values(closeCodes), 1013, 1009]);
	for (const { code, comeBack } of streams["x-close-codes"]) expect(comeBack).toBe(wire.mayComeBack(code));
});

/** The functions of the protocol that write `<prefix>Name`. */
const written = (prefix: string) =>
	Object.keys(wire).flatMap((name) =>
		new RegExp(`^${prefix}[A-Z]`).test(name) ? [name.slice(prefix.length).toLowerCase()] : [],
	);

test("each frame and each event that the protocol can write is there", () => {
	const ops = [...Object.values(plainFrames), ...Object.values(fullFrames)].map(
		({ payload }: Part) => payload.properties.op.const,
	);
	expect([...new Set(ops)].filter((op) => op !== "message").sort()).toEqual(written("op").sort());
	const others = ["block", "message", "page", "comment"];
	expect(
		Object.keys(controlEvents)
			.map((name) => name.slice(1))
			.sort(),
	).toEqual(
		written("sse")
			.filter((name) => !others.includes(name))
			.sort(),
	);
});

test("a WebSocket is opened where the document has one, and nowhere else", async () => {
	const world = await startWorld();
	const addresses = Object.values(channels).flatMap(({ server, address }) => (server === "sockets" ? [asRouted(address)] : []));
	for (const path of new Set(routed.map((one) => one.replace(/^\w+ /, "")))) {
		// Without a key none is opened, but a route of that kind says so.
		const headers = { Connection: "Upgrade", Upgrade: "websocket" };
		const { status } = await ask(world.origin + path.replace("*", "a"), { headers });
		expect([path, status]).toEqual([path, addresses.includes(path) ? 400 : 404]);
	}
	await world.close();
});

test.each([
	["messages", "PollOfOne"],
	["reason", "Gap"],
])("the JSON with %s in PROTOCOL.md is a %s", (field, schema) => {
	const blocks = [...readFileSync("PROTOCOL.md", "utf8").matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) =>
		JSON.parse(text),
	);
	const meant = blocks.filter((block) => Object.hasOwn(block, field));
	expect(meant.length).toBeGreaterThan(0);
	for (const block of meant) expect(faults(fitter(http)({ $ref: `#/components/schemas/${schema}` }), block)).toEqual([]);
});

test("each curl in PROTOCOL.md and README.md asks for what openapi.json has", () => {
	const text = ["PROTOCOL.md", "README.md"].map((path) => readFileSync(path, "utf8")).join("\n");
	const commands = [...text.matchAll(/^\s*(?:\$ )?curl (.*)$/gm)].map(([, given = ""]) => given);
	expect(commands.length).toBeGreaterThan(3);
	for (const given of commands) {
		const url = new URL(/https?:\/\/[^'"\s]+/.exec(given)?.[0] ?? "http://nowhere/");
		const method = / -X (\w+)/.exec(` ${given}`)?.[1] ?? (/ (-d|--data\S*) /.test(` ${given}`) ? "POST" : "GET");
		const path = Object.keys(http.paths).find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, "[^/]+")}$`).test(url.pathname));
		const described = http.paths[path ?? ""]?.[method.toLowerCase()];
		expect({ given, described: described?.operationId }).toEqual({ given, described: expect.any(String) });
		const names = described.parameters.map((one: Part) => one.name);
		expect(names).toEqual(expect.arrayContaining([...url.searchParams.keys()]));
	}
});
