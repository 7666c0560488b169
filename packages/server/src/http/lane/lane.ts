/**
 * A lane ahead of Node's HTTP for the requests that come by the thousand: polls, event streams, publishes and WebSockets. Node makes
 * two streams and a dozen listeners of each request, which costs almost as much as everything else that is done about it.
 */
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HoldfastError } from "@holdfast/protocol";
import { Heartbeat } from "../../transport/heartbeat.ts";
import { Recent } from "../recent.ts";
import { answerFound, type Found, findRoute } from "../router.ts";
import type { Service } from "../service.ts";
import { upgrade } from "../upgrade.ts";
import { LaneConnection, type LaneParts } from "./connection.ts";
import { headerBlocks } from "./head.ts";

/** Targets and blocks of headers that are remembered. */
const mostKnown = 256;

/** What a new connection may be silent before Node is to judge it, in milliseconds. */
const silence = 1000;

/** What a client has to send its next request beyond the time it was told, so that the two do not cross. */
const keepAliveMargin = 1000;

/** For those who were sent away last, in milliseconds. */
const lastQuestions = 200;

type Listener = (this: Server, socket: Socket) => void;

const served = new WeakSet<Server>();

export class Lane implements LaneParts {
	readonly blocks = headerBlocks(mostKnown);
	readonly #service: Service;
	readonly #server: Server;
	readonly #node: Listener;
	readonly #silent: Heartbeat<LaneConnection>;
	readonly #idle: Heartbeat<LaneConnection>;
	/** Connections that wait for a request. */
	readonly #waiting = new Set<LaneConnection>();
	readonly #found: Recent<Found>;
	readonly #handedOver = new WeakSet<Socket>();
	#second = 0;
	#lines = "";
	#isOver = false;

	/** @throws HoldfastError `bad_request` for a server that is not one of node:http, whose connections bear other bytes, or has a lane. */
	constructor(service: Service, server: Server) {
		if (served.has(server))
			throw new HoldfastError("bad_request", "This server has a fast lane; a second Holdfast goes without.");
		const node = server.listeners("connection").find(({ name }) => name === "connectionListener");
		if (!(server instanceof Server) || node === undefined) {
			throw new HoldfastError("bad_request", "The fast lane is for a server made by createServer of node:http.");
		}
		this.#service = service;
		this.#server = server;
		this.#node = node as Listener;
		this.#found = new Recent(mostKnown, (target) => {
			const found = findRoute(service, target);
			return found?.route.path[0] === "v1" ? found : undefined;
		});
		const { clock } = service;
		this.#silent = new Heartbeat(clock, silence, (connection) => connection.handOver());
		this.#idle = new Heartbeat(clock, server.keepAliveTimeout + keepAliveMargin, (connection) => connection.end());
		served.add(server);
		server.off("connection", this.#node);
		server.prependListener("connection", (socket: Socket) => this.#open(socket));
	}

	/** While readers are being sent away those who ask again are told so, on the same connection. */
	get closing(): boolean {
		return this.#isOver;
	}

	get stallTimeout(): number {
		return this.#service.limits.stallTimeout;
	}

	get lastLines(): string {
		if (this.closing) return `Date: ${new Date(this.#service.clock.now()).toUTCString()}\r\nConnection: close\r\n\r\n`;
		const second = Math.floor(this.#service.clock.now() / 1000);
		if (second !== this.#second) {
			this.#second = second;
			const timeout = Math.floor(this.#server.keepAliveTimeout / 1000);
			const until = timeout === 0 ? "" : `Keep-Alive: timeout=${timeout}\r\n`;
			this.#lines = `Date: ${new Date(second * 1000).toUTCString()}\r\nConnection: keep-alive\r\n${until}\r\n`;
		}
		return this.#lines;
	}

	/** In a moment, when those who were just sent away have asked again, ends connections that wait for another request. */
	close(): void {
		this.#service.clock.after(lastQuestions, () => {
			this.#isOver = true;
			for (const connection of this.#waiting) this.idle(connection);
		});
	}

	/** Those who wait together ask for the same. */
	find(target: string): Found | undefined {
		return this.#found.get(target);
	}

	answer(request: IncomingMessage, response: ServerResponse, found: Found): void {
		void answerFound(this.#service, request, response, found);
	}

	upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
		upgrade(this.#service, request, socket, head);
	}

	handOver(connection: LaneConnection, read: Buffer | undefined): void {
		const { socket } = connection;
		this.busy(connection);
		this.#handedOver.add(socket);
		if (read !== undefined) socket.unshift(read);
		this.#node.call(this.#server, socket);
	}

	idle(connection: LaneConnection): void {
		this.#waiting.add(connection);
		if (!connection.hasAnswered) this.#silent.touch(connection);
		else if (this.#isOver) connection.end();
		// As with Node, 0 is for ever.
		else if (this.#server.keepAliveTimeout > 0) this.#idle.touch(connection);
	}

	busy(connection: LaneConnection): void {
		this.#waiting.delete(connection);
		this.#silent.remove(connection);
		this.#idle.remove(connection);
	}

	#open(socket: Socket): void {
		// What Node was given comes here once more where an offer to upgrade was declined.
		if (this.#handedOver.has(socket)) this.#node.call(this.#server, socket);
		else new LaneConnection(socket, this);
	}
}
