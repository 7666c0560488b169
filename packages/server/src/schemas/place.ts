import type { SchemaPlace } from "@holdfast/protocol";

/** So many places of one message are told. */
const most = 20;

/** Names and values in them are the publisher's own, and as long as the publisher likes. */
const longest = 200;

/** A JSON Pointer (RFC 6901); the empty one is the data itself. */
export function pointer(path: readonly PropertyKey[]): string {
	return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function bounded(places: readonly SchemaPlace[]): readonly SchemaPlace[] {
	return places.slice(0, most).map(({ path, message }) => ({ path: shorten(path), message: shorten(message) }));
}

/** The first ones, as a sentence. */
export function inWords(places: readonly SchemaPlace[]): string {
	const first = places.slice(0, 3).map(({ path, message }) => `${path === "" ? "the data" : path}: ${message}`);
	return first.join("; ") + (places.length > 3 ? "; …" : "");
}

function shorten(text: string): string {
	return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
