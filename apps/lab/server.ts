/** The transport lab: the same messages by four ways, side by side, on a network that can be made bad. */
import { alone, type Example, site } from "@holdfast/kit/server";
import { holdfastPlugin } from "@holdfast/server/fastify";
import { Lab } from "./server/lab.ts";

export const lab: Example = async (app) => {
	// Doors like those of a Holdfast, to which each session's own is behind.
	await app.register(holdfastPlugin, { holdfast: new Lab(app.prefix) });
	await site(app, import.meta.url);

	// A request that has nothing to do with the rest.
	app.get("/ordinary", (_, reply) => reply.header("Cache-Control", "no-store").send({}));
};

export const app = alone("/lab", lab);
