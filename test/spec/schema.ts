/** JSON Schema, as far as the documents need it: what both OpenAPI 3.1 and AsyncAPI 3.0 read in the same way. */

export type Schema = Readonly<Record<string, unknown>>;

/** A schema for each field of `T`, under its name; the name of one that may be missing ends with a question mark. */
export type Fields<T> = { readonly [K in keyof T & string as Record<never, never> extends Pick<T, K> ? `${K}?` : K]: Schema };

export function object(fields: Readonly<Record<string, Schema>>, description?: string): Schema {
	const names = Object.keys(fields);
	const required = names.filter((name) => !name.endsWith("?"));
	return {
		type: "object",
		...(description === undefined ? {} : { description }),
		properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ""), fields[name]])),
		...(required.length === 0 ? {} : { required }),
	};
}

export function text(description: string, more: Schema = {}): Schema {
	return { type: "string", description, ...more };
}

export function whole(description: string, minimum: number, maximum?: number): Schema {
	return { type: "integer", description, minimum, ...(maximum === undefined ? {} : { maximum }) };
}

export function listOf(items: Schema, more: Schema = {}): Schema {
	return { type: "array", items, ...more };
}

export function ref(name: string): Schema {
	return { $ref: `#/components/schemas/${name}` };
}

/** Those of `schemas` that `document` names, and those that they name. */
export function namedIn(document: unknown, schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
	const wanted = new Set<string>();
	const look = (part: unknown) => {
		for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
			if (wanted.has(name)) continue;
			wanted.add(name);
			look(schemas[name] ?? {});
		}
	};
	look(document);
	return Object.fromEntries(Object.entries(schemas).filter(([name]) => wanted.has(name)));
}
