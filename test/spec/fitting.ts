/** Whether what was seen is what a document says. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** Parts of documents, which are looked into by path. */
// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says it is.
export type Part = any;

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
ajv.addVocabulary(["components"]);

/**
 * A field that is not described is a fault here, though readers of the document are told to expect more: what the server adds must
 * be written down.
 */
function closed(part: Part): Part {
	if (Array.isArray(part)) return part.map(closed);
	if (typeof part !== "object" || part === null) return part;
	const all = Object.fromEntries(
		Object.entries(part).map(([name, value]) => [name, name === "examples" ? value : closed(value)]),
	);
	const open = part.type === "object" && part.additionalProperties === undefined;
	return open ? { ...all, additionalProperties: false } : all;
}

/** Compiles schemas of one document, which may refer to its components. */
export function fitter(document: Part): (schema: Part) => ValidateFunction {
	const known = new Map<string, ValidateFunction>();
	const { schemas } = document.components;
	return (schema) => {
		const name = JSON.stringify(schema);
		const validate = known.get(name) ?? ajv.compile({ ...closed(schema), components: { schemas: closed(schemas) } });
		known.set(name, validate);
		return validate;
	};
}

/** What does not fit, in words; empty where all does. */
export function faults(validate: ValidateFunction, value: unknown): readonly string[] {
	if (validate(value)) return [];
	return (validate.errors ?? []).map(
		({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)} of ${JSON.stringify(value)}`,
	);
}

/** What a JSON Pointer of the document names; undefined where there is nothing. */
export function resolve(document: Part, pointer: string): Part {
	const names = pointer
		.split("/")
		.slice(1)
		.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
	return names.reduce((part: Part, name) => part?.[name], document);
}

/** Every object in the document, with where it stands. */
export function* partsOf(part: Part, where = "#"): Generator<readonly [string, Part]> {
	if (typeof part !== "object" || part === null) return;
	yield [where, part];
	for (const [name, value] of Object.entries(part)) yield* partsOf(value, `${where}/${name}`);
}
