/** Back ends that talk through a channel: this one has the channel, a page, and a worker in its own process. */
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, problem, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";
import { work } from "./work.ts";

const jobs = "backend.jobs";
const mostWaiting = 100;

const text = { type: "string", maxLength: 200 };

export const backend: Example = async (app, { log, drainTime }) => {
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize: (request, channel, action) =>
			channel === jobs && (action === "read" || (action === "publish" && isProgramHere(request))),
	});
	await site(app, import.meta.url, holdfast);

	const house = work(
		{
			publish: (data, options) => holdfast.publish(jobs, data, options),
			subscribe: (message, where) => holdfast.subscribe(jobs, { message }, where).close,
		},
		"house",
		200,
	);
	app.addHook("preClose", async () => house.stop());

	app.post<{ Body: { text: string } }>("/ask", body({ text }), async (request, reply) => {
		const text = request.body.text.trim();
		if (text === "") throw problem(400, "Write a text first.");
		if (house.waiting >= mostWaiting) throw problem(503, "Too many jobs are waiting; try again in a minute.");
		const { id } = await holdfast.publish(jobs, { text }, { event: "ask" });
		return reply.code(201).send({ id });
	});
};

/** Pages always say where they are from when they publish, so none is a worker. Elsewhere, give each program a token. */
function isProgramHere({ headers, socket }: IncomingMessage): boolean {
	const isNear = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(socket.remoteAddress ?? "");
	return isNear && headers.origin === undefined && headers["x-forwarded-for"] === undefined;
}

export const app = alone("/backend", backend);
