/** Readers who connect and then read nothing. */
import { connect, type Socket } from "node:net";
import { streamRequest } from "./sse.ts";
import type { Subscription } from "./subscribers.ts";
import { clientFrame, upgradeRequest } from "./websocket.ts";

export type Stalled = Pick<Subscription, "wire" | "port" | "path" | "readers">;

// Kept, so that nobody collects them.
const stalled: Socket[] = [];

export async function stall({ wire, port, path, readers }: Stalled): Promise<void> {
	for (let i = 0; i < readers; i++) stalled.push(await connectAndStop(wire, port, path));
}

function connectAndStop(wire: Stalled["wire"], port: number, path: string): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: "127.0.0.1", port }, () => {
			socket.write(wire === "sse" ? streamRequest(path, port) : upgradeRequest(path, port));
		});
		// To be sent away is what a slow reader may expect.
		socket.on("error", reject);
		let packets = 0;
		socket.on("data", (bytes) => {
			packets++;
			// Socket.IO has no subscriber before this word.
			if (wire === "socket.io" && bytes.includes('0{"sid"')) socket.write(clientFrame(1, Buffer.from("40")));
			if (wire === "socket.io" && !bytes.includes("40{") && packets < 8) return;
			socket.pause();
			resolve(socket);
		});
	});
}
