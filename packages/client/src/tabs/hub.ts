/** The one session of all tabs of a user. Each link of a tab is a guest, with readers of its own that stand where the tab's do. */
import type { HoldfastError } from "../error.ts";
import { createSession, type Session } from "../session.ts";
import type { Access, PublishItem, TransportName, Way } from "../way.ts";
import { type FromHub, room, type ToAll, type ToHub } from "./frames.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds for which trying again to publish is safe; the tab gives up by itself. */
const givenUp = 9 * 60_000;

interface Guest {
	send(frame: FromHub): void;
	take(text: string): void;
	/** Tells it to come back, unless it has gone by itself. */
	leave(retryAfter: number | undefined): void;
}

/** Serves all tabs of a scope, and tells them so. Returns what ends it. */
export function openHub(access: Access, way: Way, stage: Stage, scope: string): () => void {
	const id = access.environment.unique();
	const guests = new Map<string, Guest>();
	const closing = new AbortController();
	let transport: TransportName | undefined;

	const dismiss = (retryAfter?: number) => {
		for (const from of [...guests.keys()]) leave(from, retryAfter);
	};
	const leave = (from: string, retryAfter?: number) => {
		const guest = guests.get(from);
		guests.delete(from);
		guest?.leave(retryAfter);
	};
	const tellTransport = ({ send }: Guest) => session.state === "open" && transport && send({ transport });

	const session = createSession(access, way, Number.POSITIVE_INFINITY, (name, ...[told, cause]) => {
		if (name === "transport") transport = told as TransportName;
		// Whoever reads on comes back, and waits here for the next connection.
		if (told === "waiting") queueMicrotask(() => dismiss(cause?.retryAfter));
		guests.forEach(tellTransport);
		return true;
	});

	const inbox = stage.open(`${scope}:${id}`, (frame) => {
		const { from, text } = frame as ToHub;
		if (text) return guests.get(from)?.take(text);
		leave(from);
		if (text === "") return;
		const { send, close } = stage.open(`${scope}:${from}`);
		const guest = createGuest(session, send, close);
		guests.set(from, guest);
		// It holds this lock for as long as it is there.
		stage.lock(`${scope}:${from}`, () => leave(from), closing).catch(() => undefined);
		tellTransport(guest);
	});
	const lead = () => all.send({ leader: id });
	const all = stage.open(scope, (frame) => (frame as ToAll).leader ?? lead());
	lead();
	return () => {
		inbox.close();
		all.close();
		closing.abort();
		dismiss();
		session.close();
	};
}

/** As it comes from the text of a guest. */
type Operation = {
	readonly op: string;
	readonly ref: number | undefined;
	readonly after?: string;
	readonly last?: number;
} & PublishItem;

function createGuest(session: Session, post: (frame: FromHub) => void, close: () => void): Guest {
	const readings = new Map<string, () => void>();
	let gone = false;
	// What it publishes may be stored only when it has gone.
	const send = (frame: object) => gone || post({ text: JSON.stringify(frame) });
	/** What had begun where its guest knew, and was refused only then: who asks again begins when it may, or is told. */
	const refused = new Set<string>();
	let left = room;
	const resume: (() => void)[] = [];

	const end = (channel: string) => {
		readings.get(channel)?.();
		readings.delete(channel);
	};
	const refuse = (ref: number | undefined, { code, message: detail }: HoldfastError) => send({ op: "error", ref, code, detail });
	const leave = (retryAfter: number | undefined) => {
		for (const channel of [...readings.keys()]) end(channel);
		gone = true;
		post({ retryAfter });
		close();
	};
	const follow = ({ ref, channel, after, last }: Omit<Operation, "op">): void => {
		let begun = false;
		end(channel);
		readings.set(
			channel,
			session.join(channel, refused.delete(channel) ? "now" : (after ?? `last.${last}`), {
				begun(next) {
					begun = true;
					send({ op: "ok", ref, next });
				},
				message(message) {
					send({ op: "message", ...message });
					return --left > 0 ? undefined : new Promise<void>((resolve) => resume.push(resolve));
				},
				gap: (gap) => send({ op: "gap", ...gap }),
				// Whoever is greeted asks again for all that it follows.
				ended: (error) => (begun ? refused.add(channel) && send({ op: "hello" }) : refuse(ref, error)),
			}),
		);
	};

	send({ op: "hello" });
	return {
		send: post,
		leave,
		take(text) {
			const { op, ref, ...rest } = JSON.parse(text) as Operation;
			left = room;
			for (const go of resume.splice(0)) go();
			if (op === "ping") send({ op: "pong" });
			else if (op === "subscribe") follow({ ref, ...rest });
			else if (op === "unsubscribe") end(rest.channel);
			else if (op === "publish")
				void session.publish(rest, givenUp).then(
					({ id }) => send({ op: "ok", ref, id }),
					(error: HoldfastError) => refuse(ref, error),
				);
		},
	};
}
