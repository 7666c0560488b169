/** Programs of this folder that run on Node. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { startNode } from "../run/program.ts";
import type { Running, StartOptions } from "./peer.ts";

const require = createRequire(import.meta.url);

/** Of an installed package; undefined where there is none. */
export function packageVersion(name: string): string | undefined {
	try {
		return (require(`${name}/package.json`) as { version: string }).version;
	} catch {
		return undefined;
	}
}

export async function startProgramOfOurs(name: string, options: StartOptions, args: readonly string[] = []): Promise<Running> {
	const path = fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));
	const { pids, said, end } = await startNode(path, args, options);
	return { port: Number(said[1]), pids, end };
}
