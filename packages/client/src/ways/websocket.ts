import { type ErrorCode, subprotocol } from "@holdfast/protocol";
import type { Socket } from "../environment.ts";
import { asError, HoldfastError } from "../error.ts";
import { cursorOf } from "../link/places.ts";
import type { WireMessage } from "../message.ts";
import type { Link, PublishItem, Setup, Stored, Told, Way, WireGap } from "../way.ts";

/** The full form: all channels, publishing and answers on one WebSocket. */
export const websocket: Way = {
	name: "websocket",
	open: (setup, told) => new SocketLink(setup, told),
};

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

class SocketLink implements Link {
	readonly #setup: Setup;
	readonly #told: Told;
	/** What is followed, and whether it has begun: what still comes of an earlier subscription is not this one's. */
	readonly #channels = new Map<string, { begun: boolean }>();
	readonly #asked = new Map<number, Answer>();
	#socket: Socket | undefined;
	#greeted = false;
	#closed = false;
	#ref = 0;

	constructor(setup: Setup, told: Told) {
		this.#setup = setup;
		this.#told = told;
		this.#connect().catch((cause: unknown) => this.#lose(asError(cause)));
	}

	follow(channel: string): void {
		this.#channels.set(channel, { begun: false });
		if (this.#greeted) this.#subscribe(channel);
	}

	leave(channel: string): void {
		if (this.#channels.delete(channel)) this.#ask({ op: "unsubscribe", channel });
	}

	publish(item: PublishItem): Promise<Stored> {
		return new Promise((resolve, reject) => {
			this.#ask({ op: "publish", ...item }, (answer) => {
				if (answer instanceof HoldfastError) reject(answer);
				else resolve({ id: answer.id });
			});
		});
	}

	check(): void {
		this.#ask({ op: "ping" });
	}

	close(): void {
		this.#end(new HoldfastError("unreachable", "The connection was left."));
	}

	async #connect(): Promise<void> {
		const { url, environment, token } = this.#setup;
		const bearer = await token();
		if (this.#closed) return;
		const socket = await environment.socket(`${url.replace(/^http/, "ws")}/v1/socket`, subprotocol);
		this.#socket = socket;
		socket.onerror = () => undefined;
		socket.onclose = ({ code, reason }) => this.#lose(new HoldfastError("unreachable", `Closed with ${code} ${reason}`));
		socket.onmessage = ({ data }) => {
			if (this.#closed) return;
			this.#told.heard();
			try {
				this.#take(JSON.parse(data as string), bearer);
			} catch (cause) {
				this.#lose(asError(cause));
			}
		};
		if (this.#closed) socket.close();
	}

	#take(frame: Frame, bearer: string | undefined): void {
		const { op, ref, ...rest } = frame;
		if (op === "hello") this.#begin(bearer);
		else if (op === "goaway") this.#told.goaway(frame.delay);
		else if (ref !== undefined) this.#answer(ref, frame);
		else if (!this.#channels.get(frame.channel)?.begun) return;
		else if (op === "message") this.#told.message(rest as unknown as WireMessage);
		else if (op === "gap") this.#told.gap({ ...(rest as unknown as WireGap), place: frame.next });
		else if (op === "live") this.#told.live(frame.channel);
	}

	/** A browser sends no headers with a WebSocket: the token goes first, and operations are handled in order. */
	#begin(token: string | undefined): void {
		this.#greeted = true;
		if (token !== undefined) this.#ask({ op: "auth", token });
		for (const channel of this.#channels.keys()) this.#subscribe(channel);
		this.#told.opened();
	}

	#subscribe(channel: string): void {
		const following = this.#channels.get(channel) as { begun: boolean };
		const start = this.#setup.start(channel);
		const from = start.startsWith("last.") ? { last: Number(start.slice(5)) } : { after: start };
		this.#ask({ op: "subscribe", channel, ...from }, (answer) => {
			// Left, and perhaps followed anew, meanwhile: then a newer answer is to come.
			if (this.#channels.get(channel) !== following) return;
			if (!(answer instanceof HoldfastError)) {
				following.begun = true;
				this.#told.begun(channel, cursorOf(answer.next), start);
			} else if (answer.passing) this.#lose(answer);
			else {
				this.#channels.delete(channel);
				this.#told.refused(channel, answer);
			}
		});
	}

	#ask(operation: object, answer?: Answer): void {
		if (this.#closed) answer?.(new HoldfastError("unreachable", "The connection is closed."));
		if (this.#closed || !this.#greeted) return;
		const ref = ++this.#ref;
		if (answer !== undefined) this.#asked.set(ref, answer);
		this.#socket?.send(JSON.stringify({ ...operation, ref }));
	}

	#answer(ref: number, frame: Frame): void {
		const answer = this.#asked.get(ref);
		this.#asked.delete(ref);
		answer?.(frame.op === "error" ? new HoldfastError(frame.code, frame.detail) : frame);
	}

	#lose(error: HoldfastError): void {
		if (this.#closed) return;
		this.#end(error);
		this.#told.lost(error);
	}

	/** Lets the socket go, and tells whoever waits for an answer that there will be none. */
	#end(error: HoldfastError): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#channels.clear();
		this.#socket?.close();
		for (const answer of this.#asked.values()) answer(error);
	}
}
