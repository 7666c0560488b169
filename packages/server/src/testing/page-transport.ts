import type { CloseCode, Page } from "@holdfast/protocol";
import type { Form, Transport } from "../transport/transport.ts";

/** A form that tells how often it was asked. */
export class CountedForm implements Form<Page> {
	made = 0;

	page(page: Page): Page {
		this.made++;
		return page;
	}
}

/** A reader's transport that keeps what it is given, and is full when a test says so. */
export class PageTransport implements Transport<Page> {
	readonly form: Form<Page>;
	readonly pages: Page[] = [];
	readonly lives: string[] = [];
	/** By which code it was ended. */
	ended: CloseCode | undefined;
	writable = true;
	/** Called after each write, and after live was told; what it returns is what they return. */
	took: () => boolean = () => true;
	#waiting: (() => void)[] = [];

	constructor(form: Form<Page> = new CountedForm()) {
		this.form = form;
	}

	/** The data of all messages, in the order in which they came. */
	get data(): readonly unknown[] {
		return this.pages.flatMap((page) => page.messages.map((message) => JSON.parse(message.data) as unknown));
	}

	write(page: Page): boolean {
		this.pages.push(page);
		return this.took();
	}

	live(next: string): boolean {
		this.lives.push(next);
		return this.took();
	}

	stale(): boolean {
		this.lives.push("stale");
		return this.took();
	}

	fresh(next: string): boolean {
		this.lives.push(`fresh ${next}`);
		return this.took();
	}

	drained(resume: () => void): void {
		this.#waiting.push(resume);
	}

	/** How many readers wait for room. */
	get waiting(): number {
		return this.#waiting.length;
	}

	/** There is room again. */
	drain(): void {
		this.writable = true;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const resume of waiting) resume();
	}

	end(code: CloseCode): void {
		this.ended = code;
	}
}
