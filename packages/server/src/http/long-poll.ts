import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError, type Opening, type Page } from "@holdfast/protocol";
import type { Timer } from "../clock.ts";
import { type Answer, pollForm } from "../transport/poll.ts";
import type { Form, Transport } from "../transport/transport.ts";
import type { Connection } from "./attendance.ts";
import { goingAway } from "./connections.ts";
import type { Question } from "./question.ts";
import { sendError } from "./respond.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Service } from "./service.ts";

const nothing: Omit<Page, "next"> = { gaps: [], messages: [], cursors: [], more: false };

/** A poll that waits: its first page is its answer, and ends it. One object, since ten thousand of them are made at a time. */
export class LongPoll implements Transport<Answer>, Connection {
	readonly form: Form<Answer>;
	readonly #service: Service;
	readonly #request: IncomingMessage;
	readonly #response: ServerResponse;
	readonly #wait: number;
	readonly #timer: Timer;
	/** Where the reader stands when its time is over; known once it has begun. */
	#opening: Opening | undefined;
	#close: (() => void) | undefined;
	#isSettled = false;

	constructor(service: Service, request: IncomingMessage, response: ServerResponse, { scope, wait, limit }: Question) {
		this.form = pollForm(limit, scope.several);
		this.#service = service;
		this.#request = request;
		this.#response = response;
		this.#wait = wait;
		// Up to a sixteenth more, so that waits that began together do not end together.
		this.#timer = service.clock.after(wait * 1000 * (1 + service.random() / 16), this.#over);
		response.once("close", this.settle);
	}

	get writable(): boolean {
		return !this.#isSettled;
	}

	begins(opening: Opening): void {
		this.#opening = opening;
	}

	/** `close` ends its reading, when it is answered or gone: now, if it has been meanwhile. */
	waits(close: () => void): void {
		if (this.#isSettled) close();
		else this.#close = close;
	}

	write(answer: Answer): false {
		if (!this.#isSettled) this.#finish(answer);
		return false;
	}

	/** The log is away: there is nothing to tell. */
	stale(): false {
		if (!this.#isSettled) this.#over();
		return false;
	}

	drained(): void {}

	/** A poll takes one page, so nothing can make it slow; whoever waits for too long is answered by its own time. */
	end(): void {}

	leave(): void {
		if (!this.#isSettled) this.#over();
	}

	/** Nothing more is to be told. */
	readonly settle = (): void => {
		if (this.#isSettled) return;
		this.#isSettled = true;
		this.#timer.cancel();
		this.#service.connections.remove(this);
		this.#close?.();
	};

	readonly #over = (): void => {
		const stale = this.#service.log.freshness?.fresh === false;
		if (this.#opening !== undefined) {
			this.#finish(this.form.page({ ...nothing, ...this.#opening, ...(stale && { stale }) }));
			return;
		}
		this.settle();
		const { connections, random } = this.#service;
		const late = new HoldfastError("store_unavailable", "The log has not answered in time.");
		sendError(this.#request, this.#response, connections.draining ? goingAway() : late, random);
	};

	#finish(answer: Answer): void {
		this.settle();
		if (this.#request.headers["prefer"] !== undefined) this.#response.setHeader("Preference-Applied", `wait=${this.#wait}`);
		sendAnswer(this.#service, this.#response, answer);
	}
}
