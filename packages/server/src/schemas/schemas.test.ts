import { createRequire } from "node:module";
import { HoldfastError } from "@holdfast/protocol";
import { describe, expect, test } from "vitest";
import { Schemas, type SchemaTable } from "./schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

const said = {
	type: "object",
	required: ["text"],
	properties: { text: { type: "string" }, tags: { type: "array", items: { type: "integer" } } },
};

/** What is told of the data, or undefined where it fits. */
async function told(table: SchemaTable, data: unknown, channel = "chat"): Promise<HoldfastError | undefined> {
	try {
		await new Schemas(table).check({ channel, data: JSON.stringify(data) });
	} catch (error) {
		if (error instanceof HoldfastError) return error;
		throw error;
	}
	return undefined;
}

const standard = (validate: StandardSchema["~standard"]["validate"]): StandardSchema => ({
	"~standard": { version: 1, vendor: "test", validate },
});

test("ajv is loaded for a JSON Schema alone", () => {
	const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("/ajv/"));
	new Schemas({ chat: standard(() => ({})) });
	expect(isLoaded()).toBe(false);
	new Schemas({ chat: {} });
	expect(isLoaded()).toBe(true);
});

describe("a JSON Schema", () => {
	test("lets through what fits, and what no pattern matches", async () => {
		expect(await told({ chat: said }, { text: "hi" })).toBeUndefined();
		expect(await told({ chat: said }, 1, "news")).toBeUndefined();
	});

	test("names all places of a small message, as JSON Pointers", async () => {
		const strict = { ...said, additionalProperties: false };
		const error = await told({ "ch*": strict }, { text: 1, tags: [1, "x"], "a/b~c": 1 });
		expect(error?.code).toBe("schema_mismatch");
		expect(error?.places).toEqual([
			{ path: "/a~1b~0c", message: "must NOT have additional properties" },
			{ path: "/text", message: "must be string" },
			{ path: "/tags/1", message: "must be integer" },
		]);
		expect(error?.message).toBe(
			"This does not fit the schema of ch*: /a~1b~0c: must NOT have additional properties; /text: must be string; /tags/1: must be integer",
		);
	});

	test("tells 20 places at most, and only the first one of what is large", async () => {
		const tags = (length: number) => ({ text: "", tags: Array.from({ length }, () => "x") });
		expect((await told({ chat: said }, tags(500)))?.places).toHaveLength(20);
		expect((await told({ chat: said }, tags(50_000)))?.places).toEqual([{ path: "/tags/0", message: "must be integer" }]);
	});

	test("repeats no long name of the publisher's", async () => {
		const error = await told({ chat: { additionalProperties: false } }, { ["\u{1f600}".repeat(900)]: 1 });
		expect(error?.message.length).toBeLessThan(400);
		expect(error?.places?.[0]?.path.isWellFormed()).toBe(true);
	});

	test("does not take for a member what every object inherits", async () => {
		expect((await told({ chat: { required: ["toString", "constructor"] } }, {}))?.places).toHaveLength(2);
	});

	test("that refers to itself refuses what is nested too deeply for it", async () => {
		const deep = { channel: "chat", data: "[".repeat(30_000) + "]".repeat(30_000) };
		const check = () => new Schemas({ chat: { items: { $ref: "#" } }, news: { type: "number" } }).check(deep);
		expect(check).toThrow("the data: is nested too deeply");
	});

	test("two may have one $id", async () => {
		const schema = (type: string) => ({ $id: "https://example.org/same", type });
		const table = { a: schema("string"), b: schema("number") };
		expect([await told(table, "x", "a"), (await told(table, "x", "b"))?.code]).toEqual([undefined, "schema_mismatch"]);
	});

	test.each<[string, unknown, RegExp]>([
		["an unknown keyword", { typ: "string" }, /schemas\["chat"\] cannot be used: .*unknown keyword: "typ"/],
		["a value that a keyword does not have", { type: "strin" }, /schemas\["chat"\] cannot be used: /],
		["another draft", { $schema: "http://json-schema.org/draft-07/schema#" }, /draft-07/],
		["a reference to what is not there", { $ref: "https://example.org/other" }, /can't resolve reference/],
		["what is no object", "string", /it is an object/],
		["nothing", null, /it is an object/],
		["what ajv alone knows", { $async: true }, /\$async/],
	])("with %s is refused at the start", (_, schema, words) => {
		expect(() => new Schemas({ chat: schema as SchemaTable[string] })).toThrow(words);
	});
});

describe("a Standard Schema", () => {
	test.each([
		["at once", standard(() => ({ issues: [{ message: "no", path: ["a", { key: 0 }, Symbol("s")] }, { message: "none" }] }))],
		["later", standard(async () => ({ issues: [{ message: "no", path: ["a", { key: 0 }, Symbol("s")] }, { message: "none" }] }))],
	])("that answers %s tells the places", async (_, schema) => {
		const error = await told({ chat: schema }, {});
		expect([error?.code, error?.places]).toEqual([
			"schema_mismatch",
			[
				{ path: "/a/0/Symbol(s)", message: "no" },
				{ path: "", message: "none" },
			],
		]);
	});

	test("may be a function, as those of some libraries are", async () => {
		const schema = Object.assign(
			() => undefined,
			standard((value) => (value === 1 ? {} : { issues: [{ message: "no" }] })),
		);
		expect([await told({ chat: schema }, 1), (await told({ chat: schema }, 2))?.code]).toEqual([undefined, "schema_mismatch"]);
	});

	test.each([
		[
			"throws",
			standard(() => {
				throw new Error("broken");
			}),
		],
		["rejects", standard(() => Promise.reject(new Error("broken")))],
	])("that %s is a fault of the server", async (_, schema) => {
		const error = await told({ chat: schema }, {});
		expect(error).toMatchObject({ code: "internal", cause: { message: "broken" }, places: undefined });
	});
});

test("bytes are refused, even where their base64 is a string that fits", () => {
	const schemas = new Schemas({ chat: { type: "string" } });
	expect(() => schemas.check({ channel: "chat", data: '"AAAA"', encoding: "base64" })).toThrow("must be JSON or text, not bytes");
});

test("the most specific pattern counts, alone", async () => {
	const table = { "*": { type: "string" }, "chat.*": { type: "number" } };
	expect([await told(table, 1, "chat.a"), (await told(table, "x", "chat.a"))?.code, await told(table, "x", "news")]).toEqual([
		undefined,
		"schema_mismatch",
		undefined,
	]);
});

test.each(["a*b", "user.{sub}"])("the pattern %s is refused", (text) => {
	expect(() => new Schemas({ [text]: {} })).toThrow(JSON.stringify(text));
});
