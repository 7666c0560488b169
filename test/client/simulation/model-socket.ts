/** The model server's WebSocket in its full form. */
import { type ErrorCode, fullPage, opError, opGoaway, opHello, opLive, opOk, opPong, parseCursor } from "@holdfast/protocol";
import type { Start } from "./model-log.ts";
import { type Item, type ModelService, Standing } from "./model-service.ts";
import type { Peer } from "./network.ts";

interface Operation extends Item {
	readonly op: string;
	readonly ref: number;
	readonly after?: string;
	readonly last?: number;
	readonly token?: string;
}

export class ModelSocket {
	readonly #service: ModelService;
	readonly #peer: Peer;
	readonly #readers = new Map<string, () => void>();
	/** What its token is worth is decided when it is given: the client does not renew it in place. */
	#refusal: ErrorCode | undefined;

	constructor(service: ModelService, peer: Peer) {
		this.#service = service;
		this.#peer = peer;
		this.#refusal = service.refusal("", undefined);
		const stay = service.onDrain((delay) => {
			this.#tell(opGoaway(delay, "draining"));
			service.world.after(delay + 3000, () => this.#peer.close(4001));
		});
		peer.onText = (text) => this.#take(JSON.parse(text));
		peer.onClose = () => {
			stay();
			for (const end of this.#readers.values()) end();
			this.#readers.clear();
			peer.onText = () => undefined;
		};
		this.#tell(opHello("model", 25));
	}

	#take(operation: Operation): void {
		const { op, ref, channel, token } = operation;
		if (op === "ping") this.#tell(opPong(ref));
		else if (op === "auth") {
			this.#refusal = this.#service.refusal("", token);
			this.#tell(opOk(ref));
		} else if (op === "unsubscribe") {
			this.#readers.get(channel)?.();
			this.#readers.delete(channel);
			this.#tell(opOk(ref));
		} else {
			const refusal = this.#refusal ?? this.#service.forbids(channel) ?? this.#busy(op);
			if (refusal !== undefined) this.#refuse(ref, refusal);
			else if (op === "publish") this.#publish(ref, operation);
			else this.#subscribe(ref, operation);
		}
	}

	#busy(op: string): ErrorCode | undefined {
		return op === "publish" && this.#service.busy ? "rate_limited" : undefined;
	}

	#publish(ref: number, item: Item): void {
		const { id, time } = this.#service.publish(item);
		const { chance, forgetful } = this.#service;
		if (chance.happens(forgetful)) this.#peer.close(1006);
		else this.#tell(opOk(ref, { id, time }));
	}

	#subscribe(ref: number, { channel, after, last }: Operation): void {
		if (this.#readers.has(channel)) {
			this.#refuse(ref, "already_subscribed");
			return;
		}
		const start: Start | undefined =
			after === "first" || after === "now" ? after : after === undefined ? { last: last ?? 1 } : parseCursor(after);
		if (start === undefined) {
			this.#refuse(ref, "bad_cursor");
			return;
		}
		const service = this.#service;
		const standing = new Standing(service, new Map([[channel, start]]));
		const place = () => standing.places[channel] as string;
		const pump = () => {
			for (let more = true; more; ) {
				const page = standing.read(service.policy.page);
				// Who reads one channel is told that channel's own cursors.
				const gaps = page.gaps.map(({ place: own, ...gap }) => ({ ...gap, next: own ?? gap.next }));
				for (const text of fullPage({ ...page, gaps })) this.#tell(text);
				({ more } = page);
			}
		};
		this.#tell(opOk(ref, { next: place() }));
		pump();
		this.#tell(opLive(place(), channel));
		this.#readers.set(channel, service.follow([channel], pump));
	}

	#refuse(ref: number, code: ErrorCode): void {
		this.#tell(opError(ref, code, "Refused."));
	}

	#tell(text: string): void {
		this.#peer.send(text);
	}
}
