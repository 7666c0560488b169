/**
 * One connection for all tabs. One of them leads: it holds a lock, and a hub with the one session. The link of every tab, the
 * leader's too, is a guest of that hub, and speaks with it as with a server. When the leader is gone another one leads; each tab
 * comes back with its own cursors, so nothing is lost or repeated, whoever leads.
 */
import type { Socket } from "../environment.ts";
import { HoldfastError } from "../error.ts";
import { createWatch } from "../watch.ts";
import type { Way } from "../way.ts";
import { speak } from "../ways/websocket.ts";
import { elect, type Sharing } from "./elect.ts";
import { type FromHub, room } from "./frames.ts";
import { aborted, type Post } from "./stage.ts";

/** Milliseconds without a word of the leader after which it is asked whether it is there, and in which it must answer. */
const quiet = 5000;
const patience = 4000;

export function shareTabs(sharing: Sharing): Way {
	const { scope, stage } = sharing;
	return (access, told) => {
		const { environment } = access;
		const id = environment.unique();
		const name = `${scope}:${id}`;
		const ending = new AbortController();
		let hub: Post | undefined;
		let count = 0;

		const socket = {
			send: (text) => hub?.send({ from: id, text }),
			close() {
				if (ending.signal.aborted) return;
				socket.send("");
				ending.abort();
				watch.stop();
				inbox.close();
				hub?.close();
			},
		} as Socket;
		const link = speak({ ...access, token: async () => undefined }, { ...told, opened: () => undefined }, () => socket);
		const lose = (cause?: FromHub) => ending.signal.aborted || told.lost(new HoldfastError(undefined, undefined, cause));
		const watch = createWatch(environment, () => link.check(), lose, quiet, patience);

		const inbox = stage.open(name, (frame) => {
			const { text, transport } = frame as FromHub;
			watch.heard();
			if (transport) told.opened(transport);
			else if (text) {
				// By any frame the hub knows that this tab is awake.
				if (++count % room === 0) link.check();
				socket.onmessage?.({ data: text });
			} else lose(frame as FromHub);
		});
		const join = (leader: string) => {
			hub = stage.open(`${scope}:${leader}`);
			hub.send({ from: id });
		};
		// Held as long as this link is there: by that the hub knows.
		const hold = () => {
			elect(sharing, access, join, lose, ending);
			return aborted(ending);
		};
		stage.lock(name, hold, ending).catch(() => undefined);
		return link;
	};
}
