/** A folder of one's own on the web: the page with what it loads, and the Holdfast that it talks to, if it has one. */
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { Holdfast } from "@holdfast/server";
import { holdfastPlugin } from "@holdfast/server/fastify";
import type { FastifyInstance } from "fastify";
import { answer } from "./problem.ts";

/** Pages show what others write, so even text that became markup must find nothing that runs it. */
const policy = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:",
	"worker-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
].join("; ");

const headers = {
	"Cache-Control": "no-cache",
	"Content-Security-Policy": policy,
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
};

/** `module`: the server's `import.meta.url`; the page was built into the folder `page` beside it. */
export async function site(app: FastifyInstance, module: string, holdfast?: Holdfast): Promise<void> {
	if (holdfast) await app.register(holdfastPlugin, { holdfast });
	await app.register(fastifyStatic, {
		root: fileURLToPath(new URL("./page/", module)),
		decorateReply: false,
		cacheControl: false,
		setHeaders: (reply) => void reply.headers(headers),
	});
	// What the page names is relative to its folder.
	const folder = app.prefix.split("/").at(-1);
	if (folder) app.get("", { prefixTrailingSlash: "no-slash" } as object, (_, reply) => reply.redirect(`${folder}/`));
	// With one of its own, Holdfast is asked about requests that no route here knows.
	app.setNotFoundHandler((_, reply) => answer(reply, 404, "There is no such page here."));
}
