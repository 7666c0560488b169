/** Chat: a room is a channel, and who writes is what a cookie of the server says, never what the page says. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, nameField, problem, readableName, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

/** There is no list of rooms: one is there as soon as something is written in it. */
const room = /^chat\.room\.[a-z0-9-]{1,32}$/;

export const chat: Example = async (app, { log, drainTime }) => {
	const names = session(app, "name");
	const guests = session(app, "guest");
	const nameOf = (request: Pick<IncomingMessage, "headers">) => names.of(request) ?? guests.of(request);

	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize(request, channel, action) {
			if (channel === null || !room.test(channel)) return false;
			if (action === "read") return true;
			const from = nameOf(request);
			return action === "publish" && (from === undefined ? "unauthorized" : { from });
		},
	});
	await site(app, import.meta.url, holdfast);

	app.get("/me", async (request, reply) => {
		reply.header("Cache-Control", "no-store");
		const known = nameOf(request);
		if (known !== undefined) return { name: known, guest: names.of(request) === undefined };
		const name = `guest-${randomBytes(3).toString("hex")}`;
		guests.set(reply, name);
		return { name, guest: true };
	});

	app.post<{ Body: { name: string } }>("/sign-in", body({ name: nameField }), async (request, reply) => {
		const name = readableName(request.body.name);
		if (/^guest-/i.test(name)) throw problem(400, "Names with guest- are given to guests. Choose another.");
		names.set(reply, name);
		return { name };
	});

	app.post("/sign-out", async (_, reply) => {
		names.clear(reply);
		return {};
	});
};

export const app = alone("/chat", chat);
