/** Refusals in the form that Holdfast's own have (RFC 9457): a status, and a sentence that says what to do. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";

/** An error for a route to throw. */
export function problem(statusCode: number, detail: string): Error {
	return Object.assign(new Error(detail), { statusCode });
}

/** Answers errors and unknown routes of the whole app. What nobody gave a status is told to nobody but `fault`. */
export function answerProblems(app: FastifyInstance, fault: (error: unknown) => void): void {
	app.setErrorHandler((error: { readonly statusCode?: number; readonly message: string }, _, reply) => {
		const status = error.statusCode ?? 500;
		if (status === 500) fault(error);
		return answer(reply, status, status === 500 ? "Something went wrong here; try again." : error.message);
	});
	app.setNotFoundHandler((_, reply) => answer(reply, 404, "There is no such page here."));
}

export function answer(reply: FastifyReply, status: number, detail: string): FastifyReply {
	return reply.code(status).type(problemType).send(problemText(status, detail));
}

/** For what answers by itself, ahead of Fastify. */
export function refuse(response: ServerResponse, status: number, detail: string): void {
	response.writeHead(status, { "Content-Type": problemType, "Cache-Control": "no-store" }).end(problemText(status, detail));
}

const problemType = "application/problem+json";

function problemText(status: number, detail: string): string {
	return JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail });
}
