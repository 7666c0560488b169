/** Who is there: a cookie that this server signs, which no script can read and no other site can have sent. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";

export interface Session {
	/** What was set, of a request as it comes to a route or to Holdfast's `authorize`; undefined when its signature is not ours. */
	of(request: Pick<IncomingMessage, "headers">): string | undefined;
	set(reply: FastifyReply, value: string): void;
	clear(reply: FastifyReply): void;
}

const month = 30 * 24 * 60 * 60;

/** `name`: of the cookie, which is sent to this example alone. */
export function session(app: FastifyInstance, name: string): Session {
	// All examples sign with one secret. What is signed says for which cookie, or a name that one of them lets people choose
	// would be a session of another.
	const mark = `${app.prefix} ${name} `;
	const where = { path: app.prefix, httpOnly: true, sameSite: "lax", secure: "auto" } as const;
	return {
		of({ headers }) {
			const signed = app.parseCookie(headers.cookie ?? "")[name];
			const { valid, value } = signed === undefined ? { valid: false, value: null } : app.unsignCookie(signed);
			return valid && value?.startsWith(mark) ? value.slice(mark.length) : undefined;
		},
		set: (reply, value) => void reply.setCookie(name, mark + value, { ...where, signed: true, maxAge: month }),
		clear: (reply) => void reply.clearCookie(name, where),
	};
}
