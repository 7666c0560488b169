/** The end of a server: no new connection, readers sent away, last answers out, and all of it in bounded time. */
import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Holdfast } from "@holdfast/server";
import type { Io } from "../io.ts";
import type { App } from "./app.ts";
import type { WebServer } from "./http-server.ts";
import type { Tell } from "./sight/events.ts";

export interface Draining {
	readonly server: WebServer;
	readonly sockets: ReadonlySet<Socket>;
	readonly sessions: ReadonlySet<Http2Session>;
	readonly holdfast: Holdfast;
	readonly app?: App | undefined;
	/** Milliseconds after which whoever is left is cut. */
	readonly deadline: number;
	readonly tell: Tell;
}

/** When readers have gone and publishes are kept, this is for answers on their way; a client that never ends its request is cut. */
const lastAnswers = 5000;
const step = 50;

/** Every open connection, those that became WebSockets too: the HTTP server forgets about them. */
export function socketsOf(server: WebServer): ReadonlySet<Socket> {
	const sockets = new Set<Socket>();
	server.on("connection", (socket: Socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
	});
	return sockets;
}

/** Every connection of HTTP/2. */
export function sessionsOf(server: WebServer): ReadonlySet<Http2Session> {
	const sessions = new Set<Http2Session>();
	server.on("session", (session: Http2Session) => {
		sessions.add(session);
		session.on("close", () => sessions.delete(session));
	});
	return sessions;
}

export async function drain({ server, sockets, sessions, holdfast, app, deadline, tell }: Draining, io: Io): Promise<void> {
	const began = io.now();
	tell({ event: "draining", text: `sending ${sockets.size} connections away`, fields: { connections: sockets.size } });
	const empty = new AbortController();
	const closed = new Promise<void>((resolve) => {
		server.close(() => {
			empty.abort();
			resolve();
		});
	});
	// Told at once: what is open on them goes on to its end, and what a client asks next it asks elsewhere.
	for (const session of sessions) session.close();
	server.on("session", (session: Http2Session) => session.close());
	const left = Promise.all([holdfast.close(), app?.close?.()]).then(() => hangUp(server, empty.signal, io));
	await Promise.race([left, io.sleep(deadline, empty.signal)]);
	// A socket counts as gone with the server before it tells us itself.
	if (!empty.signal.aborted) {
		const text = `connections that did not leave in time and are cut: ${sockets.size}`;
		tell({ event: "drain_cut", text, fields: { connections: sockets.size } });
	}
	for (const socket of sockets) socket.destroy();
	await closed;
	const seconds = (io.now() - began) / 1000;
	tell({ event: "drained", text: `all connections have ended, after ${seconds} s`, fields: { seconds } });
}

/** Ends each connection when its last answer has left. */
async function hangUp(server: WebServer, empty: AbortSignal, io: Io): Promise<void> {
	for (let waited = 0; waited < lastAnswers && !empty.aborted; waited += step) {
		server.closeIdleConnections();
		await io.sleep(step, empty);
	}
}
