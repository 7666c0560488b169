/** A site whose page follows a channel of the very server that it comes from, with a meddler in between. Its client is the built one. */
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { Holdfast, HoldfastOptions } from "@holdfast/server";
import { rolldown } from "rolldown";
import { type Meddler, startMeddler } from "./meddler.ts";
import { startWorld } from "./world.ts";

export interface Site {
	readonly holdfast: Holdfast;
	/** What browsers are given: through it comes everything. */
	readonly meddler: Meddler;
	/** The server itself, for what the test asks. */
	readonly server: string;
	/** What went wrong in the server. */
	readonly faults: readonly unknown[];
	close(): Promise<void>;
}

export async function startSite(options: HoldfastOptions = {}): Promise<Site> {
	const script = await bundleScript();
	const world = await startWorld(options, (holdfast) => (request, response) => {
		const { pathname, search } = new URL(request.url ?? "", "http://localhost");
		if (pathname === "/page.html") sendPage(response, search);
		else if (pathname === "/follow.js") response.setHeader("Content-Type", "text/javascript").end(script);
		else if (pathname === "/ping") response.end("pong");
		else holdfast.handle(request, response);
	});
	const meddler = await startMeddler(world.port);
	return {
		holdfast: world.holdfast,
		meddler,
		server: world.origin,
		faults: world.faults,
		async close() {
			await meddler.close();
			await world.close();
		},
	};
}

/** The numbers 0, 1, 2 … as messages, so many a second, until `stop`, which resolves with the last one. */
export function publishNumbers(holdfast: Holdfast, channel: string, perSecond: number): { stop(): Promise<number> } {
	let count = 0;
	let last: Promise<unknown> = Promise.resolve();
	const timer = setInterval(() => {
		last = Promise.all([last, holdfast.publish(channel, count++)]);
	}, 1000 / perSecond);
	return {
		async stop() {
			clearInterval(timer);
			await last;
			return count - 1;
		},
	};
}

/** The script is told by its own address what to follow, as it is in a worker. */
function sendPage(response: ServerResponse, search: string): void {
	const script = `<script type="module" src="/follow.js${search}"></script>`;
	response.setHeader("Content-Type", "text/html");
	response.end(`<!doctype html><title>follow</title><link rel="icon" href="data:,">${script}`);
}

/** The script alone. It imports the client that the server serves by its path, for workers have no import maps. */
async function bundleScript(): Promise<string> {
	const served = { id: "/holdfast.js", external: "absolute" } as const;
	const bundle = await rolldown({
		input: fileURLToPath(new URL("../browser/pages/follow.ts", import.meta.url)),
		logLevel: "silent",
		plugins: [{ name: "served", resolveId: (id) => (id === "@holdfast/client" ? served : null) }],
	});
	const { output } = await bundle.generate({ format: "esm" });
	await bundle.close();
	return output[0].code;
}
