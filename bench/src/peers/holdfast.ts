/** Holdfast as it is run, with `holdfast serve`, and embedded in a server of one's own. */
import { fileURLToPath } from "node:url";
import { dataFolder } from "../run/folder.ts";
import { startNode } from "../run/program.ts";
import { packageVersion, startProgramOfOurs } from "./node.ts";
import type { Access, Peer, StartOptions } from "./peer.ts";
import { post } from "./program.ts";

const command = fileURLToPath(new URL("../../../packages/cli/bin/holdfast.js", import.meta.url));

const messages = (channel: string) => `/v1/channels/${channel}/messages`;
const oldest = (channel: string) => `${messages(channel)}?after=first`;
const next = { from: ["ETag"], head: "Last-Event-ID: $0\r\n" };

const accesses: readonly Access[] = [
	{ wire: "websocket", path: messages, past: oldest, ready: '"op":"live"' },
	{ wire: "sse", path: messages, past: oldest, ready: "event: $live" },
	{
		wire: "long poll",
		path: (channel) => `${messages(channel)}?wait=25`,
		past: (channel) => `${messages(channel)}?wait=25&limit=500&after=first`,
		next,
	},
	{ wire: "short poll", path: messages, next },
];

const publish = (channel: string, text: string, port: number) => post(messages(channel), text, port);

function storeArguments({ store = "memory", redis }: StartOptions): readonly string[] {
	if (redis !== undefined) return ["--redis", `redis://127.0.0.1:${redis}`];
	return store === "disk" ? ["--data", dataFolder()] : ["--memory"];
}

export const holdfast: Peer = {
	name: "Holdfast",
	source: "this repository",
	version: () => packageVersion("holdfast"),
	accesses,
	collects: true,
	publish,
	async start(options) {
		const { workers = 1, flags = [] } = options;
		// The generator comes all at once, which a server is otherwise protected from.
		const common = ["serve", "--host", "127.0.0.1", "--port", "0", "--open", "--connect-rate", "1000000"];
		const args = [...common, ...storeArguments(options), ...(workers > 1 ? ["--workers", String(workers)] : []), ...flags];
		const { pids, said, end } = await startNode(command, args, { ...options, children: workers > 1 ? workers : 0 });
		return { port: Number(said[1]), pids, end };
	},
};

export const embedded: Peer = {
	name: "Holdfast embedded",
	source: "this repository",
	version: () => packageVersion("@holdfast/server"),
	accesses,
	collects: true,
	publish,
	start: (options) => startProgramOfOurs("holdfast", options),
};
