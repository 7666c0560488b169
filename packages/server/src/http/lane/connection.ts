import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Found } from "../router.ts";
import { type HeaderBlocks, readHead } from "./head.ts";
import { LaneRequest } from "./request.ts";
import { LaneResponse, type Turn } from "./response.ts";

/** What all connections of a lane share. */
export interface LaneParts {
	readonly blocks: HeaderBlocks;
	/** That end each head. */
	readonly lastLines: string;
	/** Whether connections end with the answer at hand. */
	readonly closing: boolean;
	/** Milliseconds that a client may take no byte of an answer. */
	readonly stallTimeout: number;
	/** What answers this target, if the lane does. */
	find(target: string): Found | undefined;
	/** Answers a request; its errors are answers too. */
	answer(request: IncomingMessage, response: ServerResponse, found: Found): void;
	upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
	/** Gives the connection to Node, with what has been read of it. */
	handOver(connection: LaneConnection, read: Buffer | undefined): void;
	/** It waits for its next request. */
	idle(connection: LaneConnection): void;
	/** It does not. */
	busy(connection: LaneConnection): void;
}

/** So much is kept of what a client sends ahead of its answers; a client that goes on is not read from until it has them. */
const mostAhead = 64 * 1024;

/**
 * A connection whose requests come one after another, each whole in what is read at once. The first that does not goes to Node, with
 * all that follow: it costs speed alone.
 */
export class LaneConnection implements Turn {
	readonly socket: Socket;
	readonly #parts: LaneParts;
	#response: LaneResponse | undefined;
	#ahead: Buffer | undefined;
	/** Whether it has had an answer: until then Node is to judge how long it may take. */
	hasAnswered = false;

	constructor(socket: Socket, parts: LaneParts) {
		this.socket = socket;
		this.#parts = parts;
		socket.on("data", this.#read).on("end", this.#ended).on("close", this.#closed).on("error", ignore);
		parts.idle(this);
	}

	get lastLines(): string {
		return this.#parts.lastLines;
	}

	readonly #read = (bytes: Buffer): void => {
		if (this.isIdle) {
			this.#take(bytes);
			return;
		}
		// What is no request would break the connection when its turn comes, which for what follows a stream is never.
		if (this.#ahead === undefined && !mayBegin(bytes)) this.#cut();
		this.#ahead = this.#ahead === undefined ? bytes : Buffer.concat([this.#ahead, bytes]);
		if (this.#ahead.length > mostAhead) this.socket.pause();
	};

	#take(bytes: Buffer): void {
		const parts = this.#parts;
		const head = readHead(bytes, parts.blocks);
		const found = head && bytes.length >= head.length + head.bodyLength ? parts.find(head.target) : undefined;
		if (head === undefined || found === undefined) {
			this.handOver(bytes);
			return;
		}
		parts.busy(this);
		const end = head.length + head.bodyLength;
		const body = head.bodyLength === 0 ? nothing : bytes.subarray(head.length, end);
		const request = new LaneRequest(head, this.socket, body);
		const rest = bytes.length > end ? bytes.subarray(end) : undefined;
		// What is written in this turn leaves in one call of the kernel, which costs more than what is written.
		this.socket.cork();
		if (head.headers.upgrade === undefined) this.#answer(request, rest, found);
		else this.#upgrade(request, rest ?? nothing);
		this.socket.uncork();
		if (this.#response?.writableEnded === true && this.socket.writableLength > 0) this.stalled();
	}

	#answer(request: LaneRequest, rest: Buffer | undefined, found: Found): void {
		this.#ahead = rest;
		const response = new LaneResponse(request, this);
		this.#response = response;
		// They are alike but for what `transport/outlet.ts`, `http/body.ts` and `http/send-answer.ts` look into.
		this.#parts.answer(request as unknown as IncomingMessage, response as unknown as ServerResponse, found);
	}

	/** Not all of the answer has been taken at once. */
	stalled(): void {
		this.socket.setTimeout(this.#parts.stallTimeout, this.#cut);
	}

	readonly #cut = (): void => void this.socket.destroy();

	finished(): void {
		this.socket.setTimeout(0, this.#cut);
		const response = this.#response;
		this.#response = undefined;
		this.hasAnswered = true;
		response?.close();
		const { socket } = this;
		if (socket.destroyed) return;
		if (this.#parts.closing || response?.chunkedEncoding) {
			this.end();
			return;
		}
		// Others have their turn between two requests of one connection.
		if (this.#ahead === undefined) this.#parts.idle(this);
		else setImmediate(this.#goOn);
	}

	readonly #goOn = (): void => {
		const ahead = this.#ahead;
		if (ahead === undefined || this.socket.destroyed) return;
		this.#ahead = undefined;
		this.socket.resume();
		this.#take(ahead);
	};

	/** Nothing more comes on it. */
	end(): void {
		this.socket.end(() => this.socket.destroy());
	}

	get isIdle(): boolean {
		return this.#response === undefined && this.#ahead === undefined;
	}

	handOver(read?: Buffer): void {
		this.#release();
		this.#parts.handOver(this, read);
	}

	#upgrade(request: LaneRequest, head: Buffer): void {
		this.#release();
		this.#parts.upgrade(request as unknown as IncomingMessage, this.socket, head);
	}

	/** As if nobody had read from it: whoever listens next begins by that. */
	#release(): void {
		const { socket } = this;
		socket.off("data", this.#read).off("end", this.#ended).off("close", this.#closed).off("error", ignore);
		(socket as { readableFlowing: boolean | null }).readableFlowing = null;
	}

	/** The client will send nothing more, and so waits for no answer, as Node has it. */
	readonly #ended = (): void => {
		if (this.#response === undefined || this.socket.writableLength > 0) this.end();
		else this.socket.destroy();
	};

	readonly #closed = (): void => {
		this.#response?.close();
		this.#response = undefined;
		this.#parts.busy(this);
	};
}

/** Whether a request may begin with these: a method is of upper-case letters, and empty lines are skipped. */
function mayBegin(bytes: Buffer): boolean {
	const first = bytes[0] ?? 0;
	return (first >= 0x41 && first <= 0x5a) || first === 0x0d || first === 0x0a;
}

const nothing = Buffer.alloc(0);

/** The close that follows says all there is to say. */
function ignore(): void {}
