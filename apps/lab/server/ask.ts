/** What a page asks for, checked: it may be anything. */
import { type Ask, type Form, forms, type Knobs, knobs, mostBytes, mostOfHerd } from "../shared/lab.ts";

export class Nonsense extends Error {}

/** @throws Nonsense with a sentence for a person. */
export function askOf(text: string): Ask {
	const asked = parse(text);
	switch (asked["op"]) {
		case "set":
			return { op: "set", knobs: knobsOf(asked["knobs"]) };
		case "cut":
		case "restart":
		case "many":
			return { op: asked["op"] };
		case "time":
			return { op: "time", at: number(asked["at"], "at", 0, Number.MAX_SAFE_INTEGER) };
		case "herd":
			return { op: "herd", form: formOf(asked["form"]), readers: Math.round(number(asked["readers"], "readers", 1, mostOfHerd)) };
		default:
			throw new Nonsense("op is set, cut, restart, many, time or herd.");
	}
}

function parse(text: string): Readonly<Record<string, unknown>> {
	try {
		return objectOf(JSON.parse(text));
	} catch {
		throw new Nonsense("Ask with a JSON object.");
	}
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
	if (typeof value !== "object" || value === null) throw new Nonsense("knobs is an object.");
	return value as Readonly<Record<string, unknown>>;
}

function knobsOf(value: unknown): Knobs {
	const given = objectOf(value);
	const taken = Object.entries(knobs).map(([name, { least, most }]) => [name, number(given[name], name, least, most)]);
	const { rate, size, ...others } = Object.fromEntries(taken) as Knobs;
	if (!Number.isInteger(size)) throw new Nonsense("size is a whole number of bytes.");
	if (rate * size > mostBytes) {
		throw new Nonsense(`Rate and size together may be ${mostBytes / 1024} KiB a second here; make one of them smaller.`);
	}
	return { rate, size, ...others };
}

function number(value: unknown, name: string, least: number, most: number): number {
	if (typeof value === "number" && value >= least && value <= most) return value;
	throw new Nonsense(`${name} is a number from ${least} to ${most}.`);
}

function formOf(value: unknown): Form {
	const found = forms.find((form) => form === value);
	if (found === undefined) throw new Nonsense(`form is ${forms.join(", ")}.`);
	return found;
}
