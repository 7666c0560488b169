/** A Redis of the bench's own, on a free port, that keeps nothing on disk. */
import { freePort, type Program, startProgram } from "./program.ts";

export interface RunningRedis extends Program {
	readonly port: number;
}

/** @throws Error when there is no redis-server on this machine. */
export async function startRedis(cores: string): Promise<RunningRedis> {
	const port = await freePort();
	const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
	return { ...(await startProgram({ command, cores, ready: /eady to accept/ })), port };
}
