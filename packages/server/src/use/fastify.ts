/** The door into Fastify: `app.register(holdfastPlugin, { holdfast })`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Holdfast } from "../index.ts";

/** What the door needs of Fastify, by its shape: the package is no dependency. */
export interface FastifyLike {
	readonly server: {
		on(event: "upgrade", listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown;
	};
	addHook(name: "preClose", hook: () => Promise<void>): unknown;
	addHook(
		name: "onRequest",
		hook: (
			request: { readonly raw: IncomingMessage },
			reply: { readonly raw: ServerResponse; hijack(): unknown },
			done: () => void,
		) => void,
	): unknown;
}

export interface FastifyHoldfastOptions {
	/** Made with the `prefix` that it is to be found under, since Fastify takes none off. */
	readonly holdfast: Doors;
}

/** What answers; a Holdfast, or what stands in front of several. */
type Doors = Pick<Holdfast, "handle" | "upgrade" | "close">;

/** Those of each app, of which there may be several, each with a prefix of its own. */
const mounted = new WeakMap<object, Doors[]>();

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
	const others = mounted.get(app.server);
	if (others === undefined) serveTogether(app, [holdfast]);
	else others.push(holdfast);
	done();
}

/** What each app does once, for all of them. */
function serveTogether(app: FastifyLike, all: Doors[]): void {
	mounted.set(app.server, all);
	app.server.on("upgrade", (request, socket, head) => {
		// The last one says that there is no such route.
		const offer = ([one, ...others]: readonly Doors[]): void =>
			one?.upgrade(request, socket, head, others.length === 0 ? undefined : () => offer(others));
		offer(all);
	});
	// Before the app waits for its connections to end: streams would not, by themselves. All at once: each takes its time.
	app.addHook("preClose", () => closeAll(all));
}

async function closeAll(all: readonly Doors[]): Promise<void> {
	await Promise.all(all.map((one) => one.close()));
}

// For the whole app, and not only for the routes of a plugin of its own.
Object.assign(holdfastPlugin, { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "holdfast" });
