/** Readers by the thousand, over any of the wires that peers speak. */
import type { Socket } from "node:net";
import type { PollCursor, Wire } from "../peers/peer.ts";
import { open, reading, type Take, type Traffic } from "./connection.ts";
import { Polls, readPolls } from "./poll.ts";
import { readStream, streamRequest } from "./sse.ts";
import { type Receiver, readWebSocket, sendText, upgradeRequest } from "./websocket.ts";

export interface Subscription {
	readonly wire: Wire;
	readonly port: number;
	/** The request target. */
	readonly path: string;
	readonly readers: number;
	/** As in `Access`. */
	readonly ready?: string | undefined;
	readonly next?: PollCursor | undefined;
}

/** Is told of each message, and whether the connection was lost. */
export interface Sink {
	message(number: number, at: number): void;
	lost(reason: string): void;
}

/** Handshakes under way at once: enough to keep the server busy, below every backlog. */
const connectingAtOnce = 64;
const betweenShortPolls = 1000;

/** Resolves when all of them are ready, or as ready as a poll can be: it has asked. Their sockets are added to `sockets`. */
export async function subscribe(
	subscriptions: readonly Subscription[],
	traffic: Traffic,
	sinkOf: (subscription: number) => Sink,
	sockets: Socket[] = [],
): Promise<void> {
	const one = function* () {
		for (const [index, subscription] of subscriptions.entries()) {
			const polls = new Polls(subscription.path, subscription.port, subscription.next);
			for (let i = 0; i < subscription.readers; i++) yield { subscription, polls, sink: sinkOf(index) };
		}
	};
	const all = one();
	const connectOneByOne = async (): Promise<void> => {
		for (const { subscription, polls, sink } of all) await connectReader(subscription, polls, traffic, sink, sockets);
	};
	await Promise.all(Array.from({ length: connectingAtOnce }, connectOneByOne));
}

function connectReader(
	{ wire, port, path, ready }: Subscription,
	polls: Polls,
	traffic: Traffic,
	sink: Sink,
	sockets: Socket[],
): Promise<void> {
	return new Promise((resolve, reject) => {
		const isReady = () => resolve();
		const begin = (made: Socket): Take => {
			const plain = receiver(sink, ready, isReady);
			if (wire === "sse") return readStream(plain);
			if (wire === "websocket") return readWebSocket(made, plain);
			if (wire === "socket.io") return readWebSocket(made, socketIo(made, plain, isReady));
			return readPolls(made, plain, polls, wire === "short poll" ? betweenShortPolls : 0);
		};
		const socket = open(port, traffic, begin, (reason) => {
			sink.lost(reason);
			reject(new Error(reason));
		});
		sockets.push(socket);
		if (wire === "sse") socket.write(streamRequest(path, port));
		else if (wire === "websocket" || wire === "socket.io") socket.write(upgradeRequest(path, port));
		else socket.write(polls.first, isReady);
	});
}

function receiver(sink: Sink, ready: string | undefined, isReady: () => void): Receiver {
	let seen: string | undefined = ready === undefined ? undefined : "";
	return {
		message: (number) => sink.message(number, reading.at),
		opened: () => {
			if (ready === undefined) isReady();
		},
		text: (text) => {
			if (seen === undefined || ready === undefined) return;
			seen += text;
			if (!seen.includes(ready)) return;
			seen = undefined;
			isReady();
		},
	};
}

/** Engine.IO's handshake and pings (`0`, `2`, `3`) and Socket.IO's connect (`40`), on the same frames. */
function socketIo(socket: Socket, plain: Receiver, connected: () => void): Receiver {
	return {
		message: (number) => plain.message(number),
		opened() {},
		text(text) {
			if (text.startsWith("0")) sendText(socket, "40");
			else if (text === "2") sendText(socket, "3");
			else if (text.startsWith("40")) connected();
			else throw new Error(`an unexpected packet: ${text}`);
		},
	};
}
