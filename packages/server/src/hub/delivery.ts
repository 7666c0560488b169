import type { Gap, Message, Page } from "@holdfast/protocol";
import type { LogPage } from "../log/log.ts";
import type { Form } from "../transport/transport.ts";
import type { Places, Scope } from "./scope.ts";

/** A page on its way to one reader or ten thousand: the frame of each form is made by the first who asks. */
export class Delivery {
	readonly page: Page;
	/** Where a reader stands that has it. */
	readonly places: Places;
	/** Of the messages' data, roughly. */
	readonly bytes: number;
	readonly #frames = new Map<unknown, unknown>();

	constructor(page: Page, places: Places, bytes: number) {
		this.page = page;
		this.places = places;
		this.bytes = bytes;
	}

	get empty(): boolean {
		return this.page.messages.length === 0 && this.page.gaps.length === 0;
	}

	frame<Frame>(form: Form<Frame>): Frame {
		let frame = this.#frames.get(form);
		if (frame === undefined) {
			frame = form.page(this.page);
			this.#frames.set(form, frame);
		}
		return frame as Frame;
	}
}

/** Puts pages of the log together as readers of a scope see them: gaps first, each message with the reader's cursor. */
export class DeliveryBuilder {
	readonly #scope: Scope;
	readonly #after: string;
	readonly #begin: Page["places"];
	#places: Places;
	#gaps: Gap[] = [];
	#messages: Message[] = [];
	#cursors: string[] = [];
	#bytes = 0;

	constructor(scope: Scope, places: Places) {
		this.#scope = scope;
		this.#places = places;
		this.#after = scope.format(places);
		this.#begin = scope.name(places);
	}

	/** Bytes of data taken so far, roughly. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Whether a gap can still be told: it must stand before the messages. */
	get hasMessages(): boolean {
		return this.#messages.length > 0;
	}

	addGap(index: number, gap: NonNullable<LogPage["gap"]>): void {
		this.#places = this.#places.with(index, gap.next);
		const channel = this.#scope.channels[index] as string;
		const next = this.#scope.format(this.#places);
		const own = this.#scope.name(this.#places)?.[channel];
		this.#gaps.push({ channel, after: this.#after, next, reason: gap.reason, ...(own === undefined ? {} : { place: own }) });
	}

	addMessage(index: number, message: Message, epoch: string): void {
		if (this.#scope.several) {
			this.#places = this.#places.with(index, { epoch, offset: message.offset });
			this.#cursors.push(this.#scope.format(this.#places));
		} else {
			this.#cursors.push(message.id);
		}
		this.#messages.push(message);
		this.#bytes += message.data.length;
	}

	/** `places` is where the last page taken ends. */
	build(places: Places, more: boolean): Delivery {
		const next = this.#scope.format(places);
		const page = { gaps: this.#gaps, messages: this.#messages, cursors: this.#cursors, next, more };
		return new Delivery(this.#begin === undefined ? page : { ...page, places: this.#begin }, places, this.#bytes);
	}
}
