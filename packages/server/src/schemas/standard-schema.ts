import type { SchemaPlace } from "@holdfast/protocol";
import { pointer } from "./place.ts";

/** What a schema of any library looks like (standardschema.dev, version 1), as far as it is asked whether a value fits. */
export interface StandardSchema {
	readonly "~standard": {
		readonly version: 1;
		readonly vendor: string;
		validate(value: unknown): Validated | Promise<Validated>;
	};
}

/** What the schema would make of the value is not asked for: what is stored is what was sent. */
interface Validated {
	readonly issues?: readonly Issue[] | undefined;
}

interface Issue {
	readonly message: string;
	readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Some libraries' schemas are functions. */
export function isStandardSchema(schema: object): schema is StandardSchema {
	const { "~standard": standard } = schema as Partial<StandardSchema>;
	return typeof standard?.validate === "function";
}

export function checkStandard(
	{ "~standard": standard }: StandardSchema,
	data: unknown,
): readonly SchemaPlace[] | Promise<readonly SchemaPlace[]> {
	const validated = standard.validate(data);
	return validated instanceof Promise ? validated.then(placesOf) : placesOf(validated);
}

function placesOf({ issues = [] }: Validated): readonly SchemaPlace[] {
	return issues.map(({ message, path = [] }) => ({
		path: pointer(path.map((part) => (typeof part === "object" ? part.key : part))),
		message,
	}));
}
