/** A Holdfast in a plain Node server at port 0, and everything that went wrong in it. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createHoldfast, diagnostics, type Fault, type Holdfast, type HoldfastOptions, httpOptions } from "@holdfast/server";

export interface World {
	readonly holdfast: Holdfast;
	readonly server: Server;
	/** The server's ends of the connections that are open. */
	readonly sockets: ReadonlySet<Socket>;
	readonly port: number;
	/** `http://127.0.0.1:<port>` */
	readonly origin: string;
	/** What no client caused, since the world began: faults that were told, and rejections that nobody handled. */
	readonly faults: readonly unknown[];
	close(): Promise<void>;
}

export async function startWorld(
	options: HoldfastOptions = {},
	handle?: (holdfast: Holdfast) => RequestListener,
): Promise<World> {
	const holdfast = createHoldfast({ drainTime: 0, ...options });
	const server = createServer(
		{ maxHeaderSize: httpOptions.maxHeaderBytes.default },
		handle?.(holdfast) ?? ((request, response) => holdfast.handle(request, response)),
	);
	server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));
	if (handle === undefined) holdfast.fastLane(server);
	const sockets = new Set<Socket>();
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => {
		server.listen(0, "127.0.0.1", resolve);
	});
	const { port } = server.address() as AddressInfo;
	const watched = watchFaults();
	return {
		holdfast,
		server,
		sockets,
		port,
		origin: `http://127.0.0.1:${port}`,
		faults: watched.faults,
		async close() {
			watched.stop();
			server.close();
			await holdfast.close();
			server.closeAllConnections();
			for (const socket of sockets) socket.destroy();
		},
	};
}

export function watchFaults(): { readonly faults: readonly unknown[]; stop(): void } {
	const faults: unknown[] = [];
	const told = (fault: unknown) => void faults.push((fault as Fault).error);
	const rejected = (error: unknown) => void faults.push(error);
	subscribe(diagnostics.fault.name, told);
	process.on("unhandledRejection", rejected);
	return {
		faults,
		stop() {
			unsubscribe(diagnostics.fault.name, told);
			process.off("unhandledRejection", rejected);
		},
	};
}
