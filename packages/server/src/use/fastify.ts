/** The door into Fastify: `app.register(holdfastPlugin, { holdfast })`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Holdfast } from "../index.ts";

/** What the door needs of Fastify, by its shape: the package is no dependency. */
export interface FastifyLike {
	readonly server: {
		on(event: "upgrade", listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown;
	};
	addHook(
		name: "onRequest",
		hook: (
			request: { readonly raw: IncomingMessage },
			reply: { readonly raw: ServerResponse; hijack(): unknown },
			done: () => void,
		) => void,
	): unknown;
	addHook(name: "preClose", hook: () => Promise<void>): unknown;
}

export interface FastifyHoldfastOptions {
	/** Made with the `prefix` that it is to be found under, since Fastify takes none off. */
	readonly holdfast: Holdfast;
}

/** Serves what is Holdfast's, ahead of Fastify's body parsers, and leaves the rest to Fastify. Closes with the app. */
export function holdfastPlugin(app: FastifyLike, { holdfast }: FastifyHoldfastOptions, done: () => void): void {
	app.addHook("onRequest", (request, reply, next) => {
		let ours = true;
		holdfast.handle(request.raw, reply.raw, () => {
			ours = false;
			next();
		});
		if (ours) reply.hijack();
	});
	app.server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));
	// Before the app waits for its connections to end: streams would not, by themselves.
	app.addHook("preClose", () => holdfast.close());
	done();
}

// For the whole app, and not only for the routes of a plugin of its own.
Object.assign(holdfastPlugin, { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "holdfast" });
