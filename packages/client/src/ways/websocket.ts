import { subprotocol } from "@holdfast/protocol";
import type { Socket } from "../environment.ts";
import { HoldfastError } from "../error.ts";
import { openCalls } from "../link/calls.ts";
import { cursorOf } from "../link/cursor.ts";
import type { WireMessage } from "../message.ts";
import type { Access, Link, Sink, Told, Way, WireGap } from "../way.ts";

interface Following {
	readonly sink: Sink;
	/** What still comes of an earlier subscription is not this one's. */
	begun?: boolean;
}

/** The full form: all channels, publishing and answers on one WebSocket. */
export const websocket: Way = (access, told) => {
	const { url, environment } = access;
	return speak(access, told, () => environment.socket(`${url.replace(/^http/, "ws")}/v1/socket`, subprotocol));
};

/** The same over any socket: a tab speaks so with the one that leads. */
export function speak(access: Access, told: Told, connect: () => Socket | Promise<Socket>): Link {
	const channels = new Map<string, Following>();

	const { ask, close, lose } = openCalls(
		access,
		connect,
		({ op, ref: _, ...frame }, bearer) => {
			const following = channels.get(frame.channel);
			told.heard();
			if (op === "hello") greet(bearer);
			else if (op === "goaway") told.goaway(frame.delay);
			else if (!following?.begun) return;
			else if (op === "message") following.sink.message(frame as unknown as WireMessage);
			else if (op === "gap") following.sink.gap({ ...(frame as unknown as WireGap), place: frame.next });
			else if (op === "live") following.sink.live?.();
		},
		told.lost,
	);

	/** A browser sends no headers with a WebSocket: the token goes first, and operations are handled in order. */
	const greet = (bearer: string | undefined) => {
		if (bearer !== undefined) ask({ op: "auth", token: bearer });
		channels.forEach(subscribe);
		told.opened("websocket");
	};

	const subscribe = (following: Following, channel: string) => {
		const { sink } = following;
		const [after, last] = sink.start().split("last.");
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

	const leave = (channel: string) => {
		if (channels.delete(channel)) ask({ op: "unsubscribe", channel });
	};

	return {
		follow(channel, sink) {
			leave(channel);
			const following = { sink };
			channels.set(channel, following);
			subscribe(following, channel);
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
}
