/** A loop of bare `send()` calls in C: what the kernel takes for a delivery, and nobody gets below with one call each. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { dataFolder } from "../run/folder.ts";
import type { Access, Peer, Running } from "./peer.ts";
import { freePort, programPath, publishRequest, startProgram } from "./program.ts";

// It knows one channel only.
const accesses: readonly Access[] = [
	{ wire: "websocket", path: (channel) => `/websocket?channel=${channel}` },
	{ wire: "sse", path: (channel) => `/sse?channel=${channel}` },
];

let compiled: string | undefined;

/** @throws Error where the compiler says no. */
function compile(): string {
	if (compiled !== undefined) return compiled;
	const program = join(dataFolder(), "send-loop");
	const { status, stderr } = spawnSync("cc", ["-O2", "-o", program, programPath("send-loop.c")], { encoding: "utf8" });
	if (status !== 0) throw new Error(`send-loop.c was not compiled: ${stderr}`);
	compiled = program;
	return program;
}

export const sendLoop: Peer = {
	name: "bare send()",
	source: "this repository, compiled with cc -O2",
	version() {
		const { status, stdout } = spawnSync("cc", ["--version"], { encoding: "utf8" });
		return status === 0 ? stdout.split("\n")[0] : undefined;
	},
	accesses,
	publish: publishRequest,
	async start({ cores }): Promise<Running> {
		const port = await freePort();
		return { port, ...(await startProgram({ command: [compile(), String(port)], cores, port })) };
	},
};
