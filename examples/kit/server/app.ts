/** One example or all of them as an app that `holdfast serve --app` runs. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import cookie from "@fastify/cookie";
import { diagnostics, type Log } from "@holdfast/server";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import { openPlace } from "./place.ts";
import { answerProblems, problem } from "./problem.ts";
import { isSameSite } from "./same-site.ts";

/** What an example is given: where its messages are kept, and how many milliseconds it has to send its readers away. */
export interface Stage {
	readonly log: Log;
	readonly drainTime: number;
}

/** A Fastify plugin; its prefix is the folder that it is found in, such as `/chat`. */
export type Example = (app: FastifyInstance, stage: Stage) => Promise<void>;

/** What `serve --app` gives and takes. */
interface Serving {
	readonly folder: string | undefined;
	readonly redis?: string | undefined;
	readonly drainTime: number;
}

interface App {
	handle(request: IncomingMessage, response: ServerResponse): void;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	close(): Promise<void>;
}

/** The example alone, to which `/` leads. */
export function alone(prefix: string, example: Example): (serving: Serving) => Promise<App> {
	return together({
		"/": async (app) => void app.get("/", (_, reply) => reply.redirect(`.${prefix}/`)),
		[prefix]: example,
	});
}

export function together(examples: Readonly<Record<string, Example>>): (serving: Serving) => Promise<App> {
	return async ({ folder, redis, drainTime }) => {
		const { log, secret } = await openPlace(folder, redis);
		const app = fastify({ bodyLimit: 64 * 1024 });
		answerProblems(app, (error) => diagnostics.fault.tell({ during: "request", error }));
		app.addHook("onRequest", refuseOtherSites);
		await app.register(cookie, { secret });
		for (const [prefix, example] of Object.entries(examples)) await app.register(example, { prefix, log, drainTime });
		await app.ready();
		return {
			handle: app.routing,
			upgrade: (...given) => void app.server.emit("upgrade", ...given),
			async close() {
				await app.close();
				await log.close();
			},
		};
	};
}

/** Whatever changes something must come from a page of ours, or from no page at all. */
async function refuseOtherSites({ method, headers }: FastifyRequest): Promise<void> {
	if (method === "GET" || method === "HEAD") return;
	const site = headers["sec-fetch-site"] ?? "none";
	if (isSameSite({ headers }) && (site === "same-origin" || site === "none")) return;
	throw problem(403, "Pages of other sites may not ask for this.");
}
