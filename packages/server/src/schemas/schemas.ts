/** WHAT DATA FITS. A pattern of channel names may have a schema, and what does not fit it is not published. */
import { HoldfastError, type SchemaPlace } from "@holdfast/protocol";
import { diagnostics } from "../diagnostics.ts";
import { mostSpecific, type Pattern, parsePattern } from "../identity/patterns.ts";
import type { Draft } from "../log/log.ts";
import { type JsonSchema, JsonSchemas } from "./json-schema.ts";
import { bounded, inWords } from "./place.ts";
import { checkStandard, isStandardSchema, type StandardSchema } from "./standard-schema.ts";

/** By pattern of channel names; of those that match, the most specific counts. */
export type SchemaTable = Readonly<Record<string, JsonSchema | StandardSchema>>;

interface Entry {
	readonly text: string;
	readonly pattern: Pattern;
	/** What does not fit; nothing where the data fits. */
	check(data: unknown, json: string): readonly SchemaPlace[] | Promise<readonly SchemaPlace[]>;
}

export class Schemas {
	readonly #entries: readonly Entry[];

	/** @throws HoldfastError `bad_request` naming the pattern or the schema that is none. */
	constructor(table: SchemaTable) {
		let json: JsonSchemas | undefined;
		this.#entries = Object.entries(table).map(([text, schema]) => {
			const pattern = patternOf(text);
			if (schema === null || !["object", "function"].includes(typeof schema) || Array.isArray(schema)) {
				throw refuse(text, "it is an object");
			}
			if (isStandardSchema(schema)) return { text, pattern, check: (data) => checkStandard(schema, data) };
			try {
				json ??= new JsonSchemas();
				return { text, pattern, check: json.compile(schema) };
			} catch (cause) {
				throw refuse(text, (cause as Error).message, cause);
			}
		});
	}

	/**
	 * Answers at once where the schema does: whoever publishes one after another keeps that order.
	 *
	 * @throws HoldfastError `schema_mismatch` with the places, or `internal` when the schema itself fails.
	 */
	check({ channel, data, encoding }: Draft): Promise<void> | undefined {
		const entry = mostSpecific(this.#entries, channel);
		if (entry === undefined) return undefined;
		const { text } = entry;
		// Their base64 would fit where text is wanted, and readers would get bytes.
		if (encoding !== undefined) throw mismatch(text, [{ path: "", message: "must be JSON or text, not bytes" }]);
		try {
			const places = entry.check(JSON.parse(data), data);
			if (places instanceof Promise) {
				return places.then(
					(later) => settle(text, later),
					(error: unknown) => fail(text, error),
				);
			}
			settle(text, places);
		} catch (error) {
			fail(text, error);
		}
		return undefined;
	}
}

function patternOf(text: string): Pattern {
	try {
		const pattern = parsePattern(text);
		if (pattern.pieces.length === 1) return pattern;
	} catch (cause) {
		throw new HoldfastError("bad_request", `schemas ${(cause as Error).message}`, { cause });
	}
	throw refuse(text, "a schema is for all, so its pattern cannot hold {sub}");
}

function settle(text: string, places: readonly SchemaPlace[]): void {
	if (places.length > 0) throw mismatch(text, places);
}

function fail(text: string, error: unknown): never {
	if (error instanceof HoldfastError) throw error;
	// A schema that refers to itself goes as deep as the data does, and that is up to whoever publishes.
	if (error instanceof RangeError) throw mismatch(text, [{ path: "", message: "is nested too deeply" }]);
	diagnostics.fault.tell({ during: "schema", error });
	throw new HoldfastError("internal", "The channel's schema failed; what happened is in the server's log.", { cause: error });
}

function mismatch(text: string, all: readonly SchemaPlace[]): HoldfastError {
	const places = bounded(all);
	return new HoldfastError("schema_mismatch", `This does not fit the schema of ${text}: ${inWords(places)}`, { places });
}

function refuse(text: string, why: string, cause?: unknown): HoldfastError {
	return new HoldfastError("bad_request", `schemas[${JSON.stringify(text)}] cannot be used: ${why}`, { cause });
}
