import { HoldfastError } from "@holdfast/protocol";

/** Numbers that a double cannot hold would be stored as null, in silence: only a text with such digits is looked at twice. */
const maybeTooLarge = /\d[eE]\+?\d{3}|\d{309}/;

/** @throws HoldfastError `bad_json`. */
export function parseJson(text: string): unknown {
	try {
		return maybeTooLarge.test(text) ? JSON.parse(text, refuseInfinite) : JSON.parse(text);
	} catch (cause) {
		throw new HoldfastError("bad_json", `This is not JSON: ${shorten((cause as Error).message)}`, { cause });
	}
}

/**
 * A value as the log keeps it: JSON text on one line.
 *
 * @throws HoldfastError `bad_json` for what JSON cannot say.
 */
export function toJson(value: unknown): string {
	let text: string | undefined;
	try {
		text = JSON.stringify(value);
	} catch (cause) {
		throw new HoldfastError("bad_json", `The data cannot be written as JSON: ${shorten((cause as Error).message)}`, { cause });
	}
	if (text === undefined) throw new HoldfastError("bad_json", "The data has no form in JSON.");
	return text;
}

function refuseInfinite(_key: string, value: unknown): unknown {
	if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError("a number is too large");
	return value;
}

/** The parser quotes what it was given, which may be long. */
function shorten(message: string): string {
	return message.length <= 120 ? message : `${message.slice(0, 120)}…`;
}
