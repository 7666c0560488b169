import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { closeCodes, HoldfastError, subprotocol } from "@holdfast/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import { Heartbeat } from "../transport/heartbeat.ts";
import { type SocketOptions, SocketTransport } from "../transport/socket.ts";
import type { Form } from "../transport/transport.ts";

/** A WebSocket that has been opened. */
export interface OpenSocket {
	readonly request: IncomingMessage;
	readonly socket: WebSocket;
	readonly raw: Socket;
	readonly transport: SocketTransport;
}

/** Frames a message may come in. */
const maxFragments = 16;

/** Pieces of one frame that are held at once: they come from the network as small as the peer likes. */
const maxBufferedChunks = 1024;

/** Opens WebSockets, keeps them alive, and drops those whose peer has fallen silent. */
export class Sockets {
	/** Those that are open, and those that have been opened. */
	readonly counts = { present: 0, began: 0 };
	readonly #options: SocketOptions;
	readonly #server: WebSocketServer;
	readonly #pings: Heartbeat<SocketTransport>;
	readonly #silences: Heartbeat<WebSocket>;

	constructor(limits: ServerLimits, clock: Clock) {
		this.#options = { outboundBytes: limits.outboundBytes, clock };
		this.#server = new WebSocketServer({
			noServer: true,
			clientTracking: false,
			// Ours wherever it stands; on the plain form, which has none, the first, since a browser must be answered with one.
			handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : ([...offered][0] ?? false)),
			perMessageDeflate: false,
			// Up to twice the limit the frame is read, so that the close code can say what was wrong.
			maxPayload: 2 * limits.maxMessageBytes,
			maxFragments,
			maxBufferedChunks,
			// A peer that pings and never reads would fill its connection with pongs.
			autoPong: false,
		});
		this.#pings = new Heartbeat(clock, limits.pingInterval, (transport) => transport.ping());
		this.#silences = new Heartbeat(clock, limits.pingInterval + limits.pongTimeout, (socket) => socket.terminate());
	}

	/** Completes a handshake that `checkHandshake` has passed. */
	open(request: IncomingMessage, raw: Duplex, head: Buffer, form: Form<Buffer>, opened: (open: OpenSocket) => void): void {
		this.#server.handleUpgrade(request, raw, head, (socket) => {
			opened({ request, socket, raw: raw as Socket, transport: this.#attend(socket, raw, form) });
		});
	}

	/** Apart from `open`: listeners stay as long as the socket, and would keep all that they can see, the request too. */
	#attend(socket: WebSocket, raw: Duplex, form: Form<Buffer>): SocketTransport {
		const transport = new SocketTransport(form, socket, raw, this.#options);
		const heard = () => this.#silences.touch(socket);
		socket.on("message", heard);
		socket.on("pong", heard);
		socket.on("ping", (data) => {
			heard();
			if (transport.writable) socket.pong(data);
		});
		socket.on("error", ignore);
		socket.on("close", () => {
			this.counts.present -= 1;
			this.#pings.remove(transport);
			this.#silences.remove(socket);
		});
		this.counts.present += 1;
		this.counts.began += 1;
		heard();
		this.#pings.touch(transport);
		return transport;
	}
}

/** The close that follows says all there is to say. */
function ignore(): void {}

/** @throws HoldfastError `method_not_allowed` or `bad_request`, before anything is promised to the peer. */
export function checkHandshake(request: IncomingMessage): void {
	if (request.method !== "GET") throw new HoldfastError("method_not_allowed", "A WebSocket is opened with GET.");
	if (request.headers.upgrade?.toLowerCase() !== "websocket") {
		throw new HoldfastError("bad_request", "The only upgrade here is to websocket.");
	}
	if (!/^[+/0-9A-Za-z]{22}==$/.test(request.headers["sec-websocket-key"] ?? "")) {
		throw new HoldfastError("bad_request", "Sec-WebSocket-Key must be 16 bytes in base64.");
	}
	if (request.headers["sec-websocket-version"] !== "13") {
		throw new HoldfastError("bad_request", "Sec-WebSocket-Version must be 13.");
	}
}

/** @throws HoldfastError `bad_request` when the full form's subprotocol is not offered. */
export function checkSubprotocol(request: IncomingMessage): void {
	const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
	if (!offered.includes(subprotocol)) {
		throw new HoldfastError("bad_request", `Offer the subprotocol ${subprotocol}: new WebSocket(url, "${subprotocol}")`);
	}
}

/** What a refused publish on the plain form, which has no answers, does to its connection. */
export function closeCodeOf(error: HoldfastError): number {
	switch (error.code) {
		case "too_large":
			return closeCodes.tooLarge;
		case "unauthorized":
		case "forbidden":
			return closeCodes.notAllowed;
		case "rate_limited":
			return closeCodes.rate;
		case "draining":
			return closeCodes.draining;
		case "disk_full":
		case "store_unavailable":
		case "overloaded":
		case "internal":
			return tryAgainLater;
		default:
			return closeCodes.protocolError;
	}
}

/** The registered code for what will pass. */
export const tryAgainLater = 1013;
