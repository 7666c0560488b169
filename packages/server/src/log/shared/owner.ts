/** The one process that writes a store on disk, for workers that read it themselves and have it write. */
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { HoldfastError } from "@holdfast/protocol";
import { type DiskLogOptions, openDiskLog } from "../disk/disk.ts";
import { serveWorker } from "./serve-worker.ts";

export interface DiskOwnerOptions extends DiskLogOptions {
	/** Of the Unix domain socket, or the named pipe, that workers come to. Whoever may connect may write. */
	readonly path: string;
}

export interface DiskOwner {
	/** Waits for appends under way, then lets go of the folder. */
	close(): Promise<void>;
}

/**
 * Opens the store in a folder, as its only owner, and serves the workers that come to `path`; see `diskWorkerLog`.
 *
 * @throws HoldfastError as `diskLog` does, and `store_unavailable` when the socket cannot be made.
 */
export async function diskOwner({ path, ...options }: DiskOwnerOptions): Promise<DiskOwner> {
	const log = openDiskLog(options);
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		serveWorker(socket, log);
	});
	try {
		// What a killed owner left. The folder is ours by now, and so is the path.
		if (!path.startsWith("\\\\")) rmSync(path, { force: true });
		await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
	} catch (cause) {
		await log.close();
		throw new HoldfastError("store_unavailable", `The socket of the store cannot be made: ${(cause as Error).message}`, {
			cause,
		});
	}
	return {
		async close() {
			server.close();
			// Its last answers leave with the end of each socket.
			await log.close();
			for (const socket of sockets) socket.destroySoon();
		},
	};
}
