/** What administrators have decided anywhere, acted on here. */
import { formatCursor, type Message } from "@holdfast/protocol";
import type { Clock } from "./clock.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Attendance } from "./http/attendance.ts";
import { disconnectsChannel } from "./http/control.ts";
import type { Hub } from "./hub/hub.ts";
import { type Revocation, type Revocations, revocationsChannel } from "./identity/revocations.ts";
import type { Log, Start } from "./log/log.ts";
import { type Subscription, subscribe } from "./subscribe.ts";

/** Before a log that cannot be read is tried again, in milliseconds. */
const pause = 1000;
const page = { messages: 1000, bytes: 1024 * 1024 };

export interface ControlParts {
	readonly hub: Hub;
	readonly log: Log;
	readonly clock: Clock;
	readonly revocations: Revocations;
	readonly attendance: Attendance;
}

export interface Control {
	/** Resolves when all that has been revoked is known. */
	readonly ready: Promise<void>;
	close(): void;
}

export function followControl(parts: ControlParts): Control {
	const { hub, log, clock, revocations, attendance } = parts;
	const subscriptions: Subscription[] = [];
	let closed = false;

	const revoke = ({ data, time }: Pick<Message, "time"> & { readonly data: unknown }) =>
		revocations.add(data as Revocation, time);
	const begin = async () => {
		let at: Start = "first";
		for (let more = true; more; ) {
			const { messages, next, more: others } = await log.read(revocationsChannel, at, page);
			for (const { data, time } of messages) revoke({ data: JSON.parse(data), time });
			[at, more] = [next, others];
		}
		if (closed) return;
		subscriptions.push(
			subscribe(
				hub,
				revocationsChannel,
				{ message: revoke },
				{ after: formatCursor(at as Exclude<Start, string | { last: number }>) },
			),
			subscribe(hub, disconnectsChannel, {
				message: ({ data }) => void attendance.disconnect((data as { readonly id: string }).id),
			}),
		);
		await Promise.all(subscriptions.map(({ ready }) => ready));
	};
	const keepTrying = async () => {
		while (!closed) {
			try {
				return await begin();
			} catch (error) {
				diagnostics.fault.tell({ during: "revocations", error });
				for (const subscription of subscriptions.splice(0)) subscription.close();
				await new Promise<void>((resolve) => clock.after(pause, resolve));
			}
		}
	};
	return {
		ready: keepTrying(),
		close() {
			closed = true;
			for (const subscription of subscriptions) subscription.close();
		},
	};
}
