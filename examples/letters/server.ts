/** Letters: one string that everyone sees. A POST makes a new one, and the channel is where it is stored. */
import { randomInt } from "node:crypto";
import { alone, type Example, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export const letters: Example = async (app, { log, drainTime }) => {
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize: (_, channel, action) => channel === "letters" && action === "read",
	});
	await site(app, import.meta.url, holdfast);

	app.post("/new", async (_, reply) => {
		const text = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join("");
		// Answered when it is stored, so whoever made it may count on it.
		const { id } = await holdfast.publish("letters", text);
		return reply.code(201).send({ id, text });
	});
};

export const app = alone("/letters", letters);
