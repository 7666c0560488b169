/** One try at each way to become a reader, opened or refused. */
import type { OutgoingHttpHeaders } from "node:http";
import { openEvents } from "./events.ts";
import { ask } from "./http.ts";
import { openSocket, refusedSocket } from "./socket.ts";

export interface Attempt {
	readonly isOpen: boolean;
	/** Of the answer that refuses, or the `$bye` that stands for it. */
	readonly status?: number;
	readonly code?: string;
	/** Seconds. */
	readonly retryAfter?: number;
	close(): void;
}

export interface WayIn {
	readonly name: string;
	/** `/v1/channels/a/messages` must hold a message: a long poll is answered with it at once. */
	enter(origin: string, headers?: OutgoingHttpHeaders): Promise<Attempt>;
}

const path = "/v1/channels/a/messages";
const nothing = () => undefined;

const events: WayIn = {
	name: "event stream",
	async enter(origin, headers = {}) {
		const stream = await openEvents(origin + path, headers);
		const first = await stream.next();
		const reason = first?.event === "$bye" ? JSON.parse(first.data ?? "").reason : undefined;
		if (reason === undefined) return { isOpen: stream.status === 200, close: stream.close };
		const [status, code] = reason === "rate" ? [429, "rate_limited"] : [503, "overloaded"];
		return { isOpen: false, status, code, retryAfter: Number(first?.retry) / 1000, close: stream.close };
	},
};

const longPoll: WayIn = {
	name: "long poll",
	async enter(origin, headers = {}) {
		const { status, json, headers: told } = await ask(`${origin}${path}?wait=20&after=first`, { headers });
		if (status === 200) return { isOpen: true, close: nothing };
		return { isOpen: false, status, code: json.code, retryAfter: Number(told["retry-after"]), close: nothing };
	},
};

const socket = (name: string, target: string, protocol?: string): WayIn => ({
	name,
	async enter(origin, headers = {}) {
		const options = { headers, ...(protocol !== undefined && { protocol }) };
		try {
			const { close } = await openSocket(origin + target, options);
			return { isOpen: true, close };
		} catch {
			const { status, json, headers: told } = await refusedSocket(origin + target, options);
			return { isOpen: false, status, code: json.code, retryAfter: Number(told["retry-after"]), close: nothing };
		}
	},
});

export const waysIn: readonly WayIn[] = [
	events,
	longPoll,
	socket("WebSocket", path),
	socket("WebSocket, full form", "/v1/socket", "holdfast.v1"),
];
