import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HoldfastError } from "@holdfast/protocol";

/** So many requests of one connection may wait behind another. */
const most = 64;

const waiting = new WeakMap<Socket, number>();

/**
 * For a response that has no socket yet: resolves when the answers before it on its connection have left. A peer may send hundreds of
 * polls in one packet and read no answer: what waits here holds no page and no reader. If the connection breaks meanwhile nothing is
 * told of it (Node tells only the response whose turn it is), so there must be nothing to give back: the wait is never over, and garbage.
 *
 * @throws HoldfastError `overloaded` when too many wait.
 */
export async function turnOf({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
	const others = waiting.get(socket) ?? 0;
	if (others >= most) throw new HoldfastError("overloaded", `Already ${most} requests wait on this connection for their turn.`);
	waiting.set(socket, others + 1);
	await new Promise((resolve) => response.once("socket", resolve));
	waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
}
