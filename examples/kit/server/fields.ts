/** What routes are given by POST. */
import { problem } from "./problem.ts";

/** Route options: a JSON object with these properties, all of them; each has a JSON schema. */
export function body(properties: Readonly<Record<string, object>>) {
	return { schema: { body: { type: "object", required: Object.keys(properties), additionalProperties: false, properties } } };
}

/** The JSON schema of a name that someone gives themselves; `readableName` checks the rest. */
export const nameField = { type: "string", maxLength: 40 } as const;

/** Control characters, and such as turn the direction of the text after them, would spoil what others see. */
export function readableName(given: string): string {
	const name = given.trim().normalize();
	if (!/^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name)) throw problem(400, "Write a name that can be read.");
	return name;
}
