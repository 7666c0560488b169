/** JSON Schema, draft 2020-12, by ajv. */
import { createRequire } from "node:module";
import type { SchemaPlace } from "@holdfast/protocol";
import type { Ajv2020, ErrorObject, Options, ValidateFunction } from "ajv/dist/2020.js";
import { pointer } from "./place.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** In characters of JSON. All that is wrong with a larger message is not looked for: it could be wrong in ten thousand places. */
const mostToSearch = 4096;

const options: Options = {
	// An unknown keyword is most often a misspelled one, which would check nothing in silence.
	strictSchema: true,
	strictTypes: false,
	strictTuples: false,
	strictRequired: false,
	// By the draft a format is a note, unless a vocabulary says otherwise.
	validateFormats: false,
	// What every object inherits is not in the message.
	ownProperties: true,
	logger: false,
};

export type CheckJson = (data: unknown, json: string) => readonly SchemaPlace[];

/** Compiles schemas; whoever has none does not load ajv. */
export class JsonSchemas {
	readonly #first: Ajv2020;
	readonly #all: Ajv2020;

	constructor() {
		const { Ajv2020: Ajv } = createRequire(import.meta.url)("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
		this.#first = new Ajv({ ...options, allErrors: false });
		this.#all = new Ajv({ ...options, allErrors: true });
	}

	/** @throws Error for what is no schema, in the words of ajv. */
	compile(schema: JsonSchema): CheckJson {
		if ("$async" in schema) throw new Error("$async is of ajv and not of JSON Schema");
		const [first, all] = [compileAlone(this.#first, schema), compileAlone(this.#all, schema)];
		return (data, json) => {
			if (first(data)) return [];
			const { errors } = first;
			if (json.length > mostToSearch || all(data)) return (errors ?? []).map(placeOf);
			return (all.errors ?? []).map(placeOf);
		};
	}
}

/** The schemas are strangers to each other, and may have the same $id. */
function compileAlone(ajv: Ajv2020, schema: JsonSchema): ValidateFunction {
	const validate = ajv.compile(schema);
	ajv.removeSchema(schema);
	return validate;
}

function placeOf({ instancePath, message = "does not fit", params }: ErrorObject): SchemaPlace {
	const { additionalProperty, unevaluatedProperty } = params as Partial<Record<string, string>>;
	const property = additionalProperty ?? unevaluatedProperty;
	return { path: property === undefined ? instancePath : instancePath + pointer([property]), message };
}
