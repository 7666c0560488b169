import { type ErrorCode, subprotocol } from "@holdfast/protocol";
import type { Socket } from "../environment.ts";
import { asError, HoldfastError } from "../error.ts";
import { cursorOf } from "../link/cursor.ts";
import type { WireMessage } from "../message.ts";
import type { Sink, Way, WireGap } from "../way.ts";

/** A frame of the server; each `op` has some of these. */
interface Frame {
	readonly op: string;
	readonly ref?: number;
	readonly channel: string;
	readonly next: string;
	readonly id: string;
	readonly code: ErrorCode;
	readonly detail: string;
	readonly delay: number;
}

type Answer = (answer: Frame | HoldfastError) => void;

interface Following {
	readonly sink: Sink;
	/** What still comes of an earlier subscription is not this one's. */
	begun?: boolean;
}

/** The full form: all channels, publishing and answers on one WebSocket. */
export const websocket: Way = ({ url, environment, token }, told) => {
	const channels = new Map<string, Following>();
	const waiting = new Map<number, Answer>();
	let socket: Socket | undefined;
	let greeted = false;
	let closed = false;
	let ref = 0;

	const open = async () => {
		const bearer = await token();
		if (closed) return;
		socket = await environment.socket(`${url.replace(/^http/, "ws")}/v1/socket`, subprotocol);
		socket.onerror = () => undefined;
		socket.onclose = ({ code, reason }) => lose(new HoldfastError(undefined, `Closed with ${code} ${reason}`));
		socket.onmessage = ({ data }) => {
			if (closed) return;
			told.heard();
			try {
				take(JSON.parse(data as string), bearer);
			} catch (cause) {
				lose(cause);
			}
		};
		if (closed) socket.close();
	};

	const take = ({ op, ref: asked, ...frame }: Frame, bearer: string | undefined) => {
		const following = channels.get(frame.channel);
		if (asked) {
			const answer = waiting.get(asked);
			waiting.delete(asked);
			answer?.(op === "error" ? new HoldfastError(frame.code, frame.detail) : (frame as Frame));
		} else if (op === "hello") greet(bearer);
		else if (op === "goaway") told.goaway(frame.delay);
		else if (!following?.begun) return;
		else if (op === "message") following.sink.message(frame as unknown as WireMessage);
		else if (op === "gap") following.sink.gap({ ...(frame as unknown as WireGap), place: frame.next });
		else if (op === "live") following.sink.live?.();
	};

	/** A browser sends no headers with a WebSocket: the token goes first, and operations are handled in order. */
	const greet = (bearer: string | undefined) => {
		greeted = true;
		if (bearer !== undefined) ask({ op: "auth", token: bearer });
		for (const [channel, following] of channels) subscribe(channel, following);
		told.opened("websocket");
	};

	const subscribe = (channel: string, following: Following) => {
		const { sink } = following;
		const [after, last] = sink.start.split("last.");
		ask({ op: "subscribe", channel, ...(last ? { last: Number(last) } : { after }) }, (answer) => {
			// Left, and perhaps followed anew, meanwhile: then a newer answer is to come.
			if (channels.get(channel) !== following) return;
			if (!(answer instanceof HoldfastError)) {
				following.begun = true;
				sink.begun(cursorOf(answer.next));
			} else if (answer.passing) lose(answer);
			else {
				channels.delete(channel);
				sink.refuse(answer);
			}
		});
	};

	const ask = (operation: object, answer?: Answer) => {
		if (closed) answer?.(new HoldfastError());
		if (closed || !greeted) return;
		if (answer) waiting.set(++ref, answer);
		socket?.send(JSON.stringify(answer ? { ref, ...operation } : operation));
	};

	const leave = (channel: string) => {
		if (channels.delete(channel)) ask({ op: "unsubscribe", channel });
	};

	/** Lets the socket go, and tells whoever waits for an answer that there will be none. */
	const close = () => {
		closed = true;
		channels.clear();
		socket?.close();
		for (const answer of waiting.values()) answer(new HoldfastError());
		waiting.clear();
	};

	const lose = (cause: unknown) => {
		if (closed) return;
		close();
		told.lost(asError(cause));
	};

	open().catch(lose);
	return {
		follow(channel, sink) {
			leave(channel);
			const following = { sink };
			channels.set(channel, following);
			if (greeted) subscribe(channel, following);
		},
		leave,
		publish: (item) =>
			new Promise((resolve, reject) => {
				ask({ op: "publish", ...item }, (answer) => {
					if (answer instanceof HoldfastError) reject(answer);
					else resolve({ id: answer.id });
				});
			}),
		check: () => ask({ op: "ping" }),
		close,
	};
};
