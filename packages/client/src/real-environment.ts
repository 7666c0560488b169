import { type Environment, type Socket, webEnvironment } from "./environment.ts";

/** Also that of Node before 22, which has no WebSocket of its own. */
export const realEnvironment: Environment = {
	...webEnvironment,
	socket: "WebSocket" in globalThis ? webEnvironment.socket : nodeSocket,
};

async function nodeSocket(url: string, subprotocol: string): Promise<Socket> {
	const { WebSocket } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "ws");
	// A peer that is gone does not answer the closing; the process must not wait for it for long.
	const options: object = { closeTimeout: 1000 };
	return new WebSocket(url, subprotocol, options) as Socket;
}
