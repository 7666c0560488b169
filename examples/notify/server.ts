/** Notify: what happens to a user goes to a channel of theirs alone, which all their pages read, now or when they come back. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, nameField, problem, readableName, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

const questions = "notify.questions";
/** Names have letters that names of channels have not. */
const channelOf = (name: string) => `notify.user.${Buffer.from(name).toString("base64url")}`;
/** The same person sends the same words twice only by sending them again: within ten minutes they are stored once. */
const once = (...said: string[]) => ({ idempotencyKey: createHash("sha256").update(JSON.stringify(said)).digest("base64url") });

const text = { type: "string", maxLength: 1000, pattern: "\\S" };
const id = { type: "string", pattern: "^[A-Za-z0-9]{1,16}-[1-9][0-9]{0,14}$" };

export const notify: Example = async (app, { log, drainTime }) => {
	const users = session(app, "user");
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize(request, channel, action) {
			if (action !== "read") return false;
			if (channel === questions) return true;
			const user = users.of(request);
			return user === undefined ? "unauthorized" : channel === channelOf(user);
		},
	});
	await site(app, import.meta.url, holdfast);

	const userOf = (request: Pick<IncomingMessage, "headers">): string => {
		const user = users.of(request);
		if (user === undefined) throw problem(401, "Sign in first.");
		return user;
	};

	app.get("/me", async (request, reply) => {
		reply.header("Cache-Control", "no-store");
		const user = users.of(request);
		return user === undefined ? {} : { name: user, channel: channelOf(user) };
	});

	app.post<{ Body: { name: string } }>("/sign-in", body({ name: nameField }), async (request, reply) => {
		users.set(reply, readableName(request.body.name));
		return {};
	});

	app.post("/sign-out", async (_, reply) => {
		users.clear(reply);
		return {};
	});

	app.post<{ Body: { text: string } }>("/ask", body({ text }), async (request) => {
		const from = userOf(request);
		const asked = request.body.text.trim();
		return { id: (await holdfast.publish(questions, { text: asked }, { from, ...once(from, asked) })).id };
	});

	app.post<{ Body: { question: string; text: string } }>("/answer", body({ question: id, text }), async (request) => {
		const from = userOf(request);
		const [epoch = "", offset] = request.body.question.split("-");
		// The one that follows the one before it; where that is gone, a gap is told.
		const before = { epoch, offset: Number(offset) - 1 };
		const { gap, messages } = await log.read(questions, before, { messages: 1, bytes: 1 });
		const [question] = messages;
		if (gap || question?.from === undefined) throw problem(404, "This question is no longer kept.");
		const answer = { question: JSON.parse(question.data).text, text: request.body.text.trim() };
		await holdfast.publish(channelOf(question.from), answer, {
			event: "answer",
			from,
			...once(from, request.body.question, answer.text),
		});
		return {};
	});

	// In the same channel, so that all pages of the user learn it in the same order, and a later one too.
	app.post<{ Body: { upTo: string } }>("/read", body({ upTo: id }), async (request) => {
		await holdfast.publish(channelOf(userOf(request)), { upTo: request.body.upTo }, { event: "read" });
		return {};
	});
};

export const app = alone("/notify", notify);
