/**
 * Reading by `EventSource`. It drops, in silence, every event whose name it was not told to listen for, and no page can know
 * all names in advance. So whenever the stream has jumped, and every two seconds, a short poll looks after our cursor for what
 * the browser did not hand over; names learnt so are listened for from then on.
 */
import { messagesUrl, target } from "./address.ts";
import { requestBytes, textBytes } from "./bytes.ts";
import type { EventNames } from "./event-names.ts";
import { pageOf } from "./poll.ts";
import { askWhy, request } from "./request.ts";
import { type End, from, type Gap, type Message, type Place, stopped, type Tell, type Way } from "./way.ts";

export const sweepInterval = 2000;

const byes = new Map([
	["draining", "The server is draining"],
	["overload", "The server is overloaded"],
	["rate", "Too many connections"],
	["slow", "Read too slowly"],
]);

export function eventSource(names: EventNames): Way {
	return (place, tell, signal) =>
		new Promise<End>((resolve) => {
			const closed = new AbortController();
			const both = AbortSignal.any([signal, closed.signal]);
			const stream = new Stream(place, tell, both);
			const end = (reason: End | Promise<End>) => {
				if (closed.signal.aborted) return;
				closed.abort();
				resolve(reason);
			};
			signal.addEventListener("abort", () => end(stopped), { once: true });
			names.each((name) => stream.listen(name), both);
			stream.listen("message");
			stream.onEnd = (why) => end(why === undefined ? askWhy(place, tell, signal) : { why, again: true });
		});
}

class Stream {
	onEnd: (why: string | undefined) => void = () => undefined;
	readonly #source: EventSource;
	readonly #place: Place;
	readonly #tell: Tell;
	readonly #signal: AbortSignal;
	#cursor: string | undefined;
	#lastEventId = "";
	#sweeping: Promise<void> | undefined;
	/** The newest place that an event told of while a sweep was under way. */
	#heard: string | undefined;

	constructor(place: Place, tell: Tell, signal: AbortSignal) {
		this.#place = place;
		this.#tell = tell;
		this.#signal = signal;
		const url = messagesUrl(place.channel, place.start);
		const headers = { Accept: "text/event-stream" };
		const bytes = requestBytes("GET", target(url), headers);
		tell.crossed({ direction: "up", text: `GET ${target(url)}\nAccept: text/event-stream`, bytes, request: true });
		this.#source = new EventSource(url);
		this.#on("$open", ({ data }) => this.#reached((JSON.parse(data) as { next: string }).next));
		this.#on("$gap", ({ data }) => this.#gap(JSON.parse(data) as Gap));
		this.#on("$live", ({ data }) => this.#live((JSON.parse(data) as { next: string }).next));
		this.#on("$bye", ({ data }) => this.onEnd(byes.get((JSON.parse(data) as { reason: string }).reason) ?? "Sent away"));
		// EventSource would come back by itself, but would not say when; coming back is left to `follow`, which does.
		this.#source.addEventListener("error", (event) => {
			if (!(event instanceof MessageEvent)) this.onEnd(this.#cursor === undefined ? undefined : "Connection lost");
		});
		const timer = setInterval(() => void this.#sweep(), sweepInterval);
		signal.addEventListener("abort", () => {
			clearInterval(timer);
			this.#source.close();
		});
	}

	listen(name: string): void {
		this.#on(name, ({ data }) => this.#message(JSON.parse(data) as Message));
	}

	#on(name: string, handle: (event: MessageEvent<string>) => void): void {
		this.#source.addEventListener(name, (event) => {
			// `open` and `error` are also events of EventSource itself, which have no data.
			if (this.#signal.aborted || !(event instanceof MessageEvent)) return;
			this.#crossed(name, event);
			handle(event as MessageEvent<string>);
		});
	}

	/** The block as it must have been: EventSource hands over its fields, and an id again with every block that has none. */
	#crossed(name: string, { data, lastEventId }: MessageEvent<string>): void {
		const event = name === "message" ? "" : `event: ${name}\n`;
		const id = lastEventId === this.#lastEventId ? "" : `\nid: ${lastEventId}`;
		this.#lastEventId = lastEventId;
		const text = `${event}data: ${data.replaceAll("\n", "\ndata: ")}${id}`;
		this.#tell.crossed({ direction: "down", text, bytes: textBytes(text) + 2 });
	}

	#reached(cursor: string): void {
		this.#cursor = cursor;
		this.#tell.cursor(cursor);
	}

	#message(message: Message): void {
		if (this.#sweeping !== undefined) this.#heard = message.id;
		else if (follows(this.#cursor, message.id)) this.#deliver(message);
		else if (!isBehind(message.id, this.#cursor)) void this.#sweep();
	}

	#gap(gap: Gap): void {
		if (this.#sweeping !== undefined) this.#heard = gap.next;
		else if (gap.after === this.#cursor) this.#deliverGap(gap);
		else void this.#sweep();
	}

	#live(next: string): void {
		if (next === this.#cursor) this.#tell.live();
		else void this.#sweep().then(() => this.#signal.aborted || this.#tell.live());
	}

	#deliver(message: Message): void {
		this.#tell.message(message);
		this.#cursor = message.id;
	}

	#deliverGap(gap: Gap): void {
		this.#tell.gap(gap);
		this.#cursor = gap.next;
	}

	#sweep(): Promise<void> {
		this.#sweeping ??= this.#sweepToHead().finally(() => {
			this.#sweeping = undefined;
		});
		return this.#sweeping;
	}

	async #sweepToHead(): Promise<void> {
		this.#heard = undefined;
		let more = this.#cursor !== undefined;
		while (more && this.#cursor !== undefined && !this.#signal.aborted) more = await this.#sweepOnce(this.#cursor);
	}

	/** True while the log may hold more than was delivered. */
	async #sweepOnce(cursor: string): Promise<boolean> {
		const headers = { "If-None-Match": `"${cursor}"` };
		const url = messagesUrl(this.#place.channel, from(cursor));
		const page = pageOf(await request(url, { headers, signal: this.#signal }, this.#tell.crossed));
		if (page === undefined || this.#signal.aborted) return false;
		if (page.gap !== undefined) this.#deliverGap(page.gap);
		for (const message of page.messages) this.#deliver(message);
		this.#reached(page.next);
		return page.more || (this.#heard !== undefined && !isBehind(this.#heard, page.next));
	}
}

function split(cursor: string): [epoch: string, offset: number] {
	const at = cursor.lastIndexOf("-");
	return [cursor.slice(0, at), Number(cursor.slice(at + 1))];
}

/** Whether nothing can stand between `cursor` and the message `id`: offsets count without holes. */
export function follows(cursor: string | undefined, id: string): boolean {
	if (cursor === undefined) return false;
	const [epoch, offset] = split(cursor);
	const [itsEpoch, itsOffset] = split(id);
	return epoch === itsEpoch && itsOffset === offset + 1;
}

/** Whether a reader at `cursor` has had the message `id`. */
export function isBehind(id: string, cursor: string | undefined): boolean {
	if (cursor === undefined) return false;
	const [epoch, offset] = split(cursor);
	const [itsEpoch, itsOffset] = split(id);
	return epoch === itsEpoch && itsOffset <= offset;
}
