import { createTimer } from "../timer.ts";
import type { Access, Way } from "../way.ts";
import type { ToAll } from "./frames.ts";
import { openHub } from "./hub.ts";
import { aborted, type Stage } from "./stage.ts";

/** Milliseconds in which who is to lead first may start, and in which a leader must say that it is one. */
const patience = 1000;

export interface Sharing {
	/** What the leader connects by. */
	readonly way: Way;
	/** Names the server and the user: who differs in it shares nothing. */
	readonly scope: string;
	readonly stage: Stage;
	/** Starts who is to lead before any tab does, where there is one. */
	start(): Promise<unknown>;
}

/**
 * Finds who leads, or leads. When nobody answers, the lock is free, or its holder is frozen and it is taken from it. `lost`: that leader
 * is gone, or was taken for dead. `ending`: gives up.
 */
export function elect(
	{ way, scope, stage, start }: Sharing,
	access: Access,
	found: (leader: string) => void,
	lost: () => void,
	ending: AbortController,
): void {
	const { environment } = access;
	let leader: string | undefined;
	let resign: (() => void) | undefined;
	let seeking = false;
	const timer = createTimer(environment);

	const lead = (options: { signal?: AbortSignal; steal?: true }) => {
		const hold = () => {
			if (ending.signal.aborted || resign) return undefined;
			// Who led is gone.
			if (leader) return lost();
			resign = openHub(access, way, stage, scope);
			return aborted(ending);
		};
		// Where it was taken away another one leads.
		stage.lock(scope, hold, options).catch(() => resign && lost());
	};
	const seek = () => {
		if (ending.signal.aborted || seeking) return;
		seeking = true;
		timer(patience * (1 + environment.random()), () => lead({ steal: true }));
		lead(ending);
		all.send({});
	};
	const all = stage.open(scope, (frame) => {
		const { leader: other } = frame as ToAll;
		if (!other || other === leader) return;
		if (leader) return lost();
		timer();
		leader = other;
		found(other);
	});

	timer(patience, seek);
	start().then(seek, seek);
	void aborted(ending).then(() => {
		timer();
		all.close();
		resign?.();
	});
}
