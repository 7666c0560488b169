/** The ways to mount a Holdfast under /realtime in someone else's server. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHoldfast, type Holdfast, type HoldfastOptions } from "@holdfast/server";
import { holdfastPlugin } from "@holdfast/server/fastify";
import express from "express";
import { fastify } from "fastify";

export interface Mounted {
	readonly holdfast: Holdfast;
	/** Of the server; the routes are under `${origin}/realtime`. */
	readonly origin: string;
	close(): Promise<void>;
}

export type Mount = (options?: HoldfastOptions) => Promise<Mounted>;

const prefix = "/realtime";

export const mounts: Readonly<Record<string, Mount>> = {
	"node:http": (options) => {
		const holdfast = createHoldfast({ drainTime: 0, prefix, ...options });
		const server = createServer((request, response) => {
			holdfast.handle(request, response, () => response.writeHead(200).end("the app's own"));
		});
		return serve(holdfast, server);
	},

	Express: (options) => {
		const holdfast = createHoldfast({ drainTime: 0, prefix, ...options });
		const app = express();
		app.use(prefix, holdfast.handle);
		app.use(express.json());
		app.post("/echo", (request, response) => void response.json(request.body));
		app.get("/{*path}", (_, response) => void response.send("the app's own"));
		return serve(holdfast, createServer(app));
	},

	Fastify: async (options) => {
		const holdfast = createHoldfast({ drainTime: 0, prefix, ...options });
		const app = fastify();
		app.register(holdfastPlugin, { holdfast });
		app.post("/echo", async (request) => request.body);
		app.get("/*", async () => "the app's own");
		const origin = await app.listen({ port: 0, host: "127.0.0.1" });
		return { holdfast, origin, close: () => app.close() };
	},
};

async function serve(holdfast: Holdfast, server: Server): Promise<Mounted> {
	server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		holdfast,
		origin: `http://127.0.0.1:${port}`,
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			await holdfast.close();
			await closed;
		},
	};
}
