import type { ErrorCode } from "@holdfast/protocol";
import type { Socket } from "../environment.ts";
import { asError, HoldfastError } from "../error.ts";
import type { Access } from "../way.ts";

/** A frame of the server; each `op` has some of these. */
export interface Frame {
	readonly op: string;
	readonly ref?: number;
	readonly channel: string;
	readonly next: string;
	readonly id: string;
	readonly code: ErrorCode;
	readonly detail: string;
	readonly delay: number;
}

export type Answer = (answer: Frame | HoldfastError) => void;

/** Operations on one WebSocket, and their answers, each known by its number. */
export interface Calls {
	/** Says nothing before the server's first frame has come. */
	ask(operation: object, answer?: Answer): void;
	/** Tells whoever waits for an answer that there will be none. */
	close(): void;
	/** Closes it for this cause, and tells that it is lost. */
	lose(cause: unknown): void;
}

/** `told`: frames that are no answers. `lost`: told once, unless it was closed. */
export function openCalls(
	{ token }: Access,
	connect: () => Socket | Promise<Socket>,
	told: (frame: Frame, bearer: string | undefined) => void,
	lost: (error: HoldfastError) => void,
): Calls {
	const waiting = new Map<number, Answer>();
	let socket: Socket | undefined;
	let greeted = false;
	let closed = false;
	let last = 0;

	const close = () => {
		closed = true;
		socket?.close();
		for (const answer of waiting.values()) answer(new HoldfastError());
		waiting.clear();
	};
	const lose = (cause: unknown) => {
		if (closed) return;
		close();
		lost(asError(cause));
	};
	const take = (frame: Frame, bearer: string | undefined) => {
		const { op, ref, code, detail } = frame;
		greeted = true;
		if (ref === undefined) return told(frame, bearer);
		const answer = waiting.get(ref);
		waiting.delete(ref);
		answer?.(op === "error" ? new HoldfastError(code, detail) : frame);
	};
	const open = async () => {
		const bearer = await token();
		if (closed) return;
		socket = await connect();
		socket.onerror = () => undefined;
		socket.onclose = ({ code, reason }) => lose(`Closed with ${code} ${reason}`);
		socket.onmessage = ({ data }) => {
			try {
				if (!closed) take(JSON.parse(data as string), bearer);
			} catch (cause) {
				lose(cause);
			}
		};
		if (closed) socket.close();
	};

	open().catch(lose);
	return {
		ask(operation, answer) {
			if (closed) answer?.(new HoldfastError());
			if (closed || !greeted) return;
			if (answer) waiting.set(++last, answer);
			socket?.send(JSON.stringify(answer ? { ...operation, ref: last } : operation));
		},
		close,
		lose,
	};
}
