import { type ErrorCode, subprotocol } from "@holdfast/protocol";
import type { Socket } from "../environment.ts";
import { asError, HoldfastError } from "../error.ts";
import { cursorOf } from "../link/places.ts";
import type { WireMessage } from "../message.ts";
import type { Way, WireGap } from "../way.ts";

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

/** The full form: all channels, publishing and answers on one WebSocket. */
export const websocket: Way = (setup, told) => {
	/** What is followed, and whether it has begun: what still comes of an earlier subscription is not this one's. */
	const channels = new Map<string, { begun: boolean }>();
	const waiting = new Map<number, Answer>();
	let socket: Socket | undefined;
	let greeted = false;
	let closed = false;
	let refs = 0;

	const open = async () => {
		const { url, environment, token } = setup;
		const bearer = await token();
		if (closed) return;
		socket = await environment.socket(`${url.replace(/^http/, "ws")}/v1/socket`, subprotocol);
		socket.onerror = () => undefined;
		socket.onclose = ({ code, reason }) => lose(new HoldfastError("unreachable", `Closed with ${code} ${reason}`));
		socket.onmessage = ({ data }) => {
			if (closed) return;
			told.heard();
			try {
				take(JSON.parse(data as string), bearer);
			} catch (cause) {
				lose(asError(cause));
			}
		};
		if (closed) socket.close();
	};

	const take = (frame: Frame, token: string | undefined) => {
		const { op, ref, ...rest } = frame;
		if (op === "hello") greet(token);
		else if (op === "goaway") told.goaway(frame.delay);
		else if (ref !== undefined) {
			const answer = waiting.get(ref);
			waiting.delete(ref);
			answer?.(op === "error" ? new HoldfastError(frame.code, frame.detail) : frame);
		} else if (!channels.get(frame.channel)?.begun) return;
		else if (op === "message") told.message(rest as unknown as WireMessage);
		else if (op === "gap") told.gap({ ...(rest as unknown as WireGap), place: frame.next });
		else if (op === "live") told.live(frame.channel);
	};

	/** A browser sends no headers with a WebSocket: the token goes first, and operations are handled in order. */
	const greet = (token: string | undefined) => {
		greeted = true;
		if (token !== undefined) ask({ op: "auth", token });
		for (const channel of channels.keys()) subscribe(channel);
		told.opened("websocket");
	};

	const subscribe = (channel: string) => {
		const following = channels.get(channel) as { begun: boolean };
		const start = setup.start(channel);
		const from = start.startsWith("last.") ? { last: Number(start.slice(5)) } : { after: start };
		ask({ op: "subscribe", channel, ...from }, (answer) => {
			// Left, and perhaps followed anew, meanwhile: then a newer answer is to come.
			if (channels.get(channel) !== following) return;
			if (!(answer instanceof HoldfastError)) {
				following.begun = true;
				told.begun(channel, cursorOf(answer.next));
			} else if (answer.passing) lose(answer);
			else {
				channels.delete(channel);
				told.refused(channel, answer);
			}
		});
	};

	const ask = (operation: object, answer?: Answer) => {
		if (closed) answer?.(new HoldfastError("unreachable", "The connection is closed."));
		if (closed || !greeted) return;
		if (answer !== undefined) waiting.set(++refs, answer);
		socket?.send(JSON.stringify(answer === undefined ? operation : { ...operation, ref: refs }));
	};

	const leave = (channel: string) => {
		if (channels.delete(channel)) ask({ op: "unsubscribe", channel });
	};

	const lose = (error: HoldfastError) => {
		if (closed) return;
		end(error);
		told.lost(error);
	};

	/** Lets the socket go, and tells whoever waits for an answer that there will be none. */
	const end = (error: HoldfastError) => {
		if (closed) return;
		closed = true;
		channels.clear();
		socket?.close();
		for (const answer of waiting.values()) answer(error);
	};

	open().catch((cause: unknown) => lose(asError(cause)));
	return {
		follow(channel) {
			leave(channel);
			channels.set(channel, { begun: false });
			if (greeted) subscribe(channel);
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
		close: () => end(new HoldfastError("unreachable", "The connection was left.")),
	};
};
