import { HoldfastError } from "@holdfast/protocol";

/** Request targets, taken apart strictly: what cannot be decoded is refused, and dots are no directories. */

export class Query {
	readonly #text: string;
	#parsed: ReadonlyMap<string, readonly string[]> | undefined;

	constructor(text: string) {
		this.#text = text;
	}

	/** @throws HoldfastError `bad_request` where any of it cannot be decoded, as whatever looks into it does. */
	check(): void {
		void this.#values;
	}

	/** The first value of a parameter. */
	get(name: string): string | undefined {
		return this.#values.get(name)?.[0];
	}

	all(name: string): readonly string[] {
		return this.#values.get(name) ?? [];
	}

	get #values(): ReadonlyMap<string, readonly string[]> {
		this.#parsed ??= parseQuery(this.#text);
		return this.#parsed;
	}
}

/** What a proxy may put before the path: every server must take it (RFC 9112, section 3.2.2). */
const authority = /^https?:\/\/[^/?]*/i;

/** The path of a target, as segments; a `prefix` that it bears is taken off. */
export function segmentsOf(url: string, prefix: string): readonly string[] {
	const mark = url.indexOf("?");
	const path = (mark === -1 ? url : url.slice(0, mark)).replace(authority, "");
	return (prefix !== "" && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path).split("/").slice(1);
}

export function queryOf(url: string): Query {
	const mark = url.indexOf("?");
	return new Query(mark === -1 ? "" : url.slice(mark + 1));
}

function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
	const values = new Map<string, string[]>();
	for (const part of text.split("&")) {
		if (part === "") continue;
		const sign = part.indexOf("=");
		const name = decode(sign === -1 ? part : part.slice(0, sign));
		const value = sign === -1 ? "" : decode(part.slice(sign + 1));
		const known = values.get(name);
		if (known === undefined) values.set(name, [value]);
		else known.push(value);
	}
	return values;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text.replaceAll("+", " "));
	} catch {
		throw new HoldfastError("bad_request", "The query holds a percent-encoding that is not UTF-8; encode each byte as %XX.");
	}
}
