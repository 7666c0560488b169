/** The page's own line to the server. As long as it is open, there is a session. */
import type { Answer, Ask } from "../shared/lab.ts";
import { ServerClock } from "./clock.ts";

export interface Told {
	answer(answer: Answer): void;
	/** `detail`: in the server's words, where it said why. */
	lost(detail: string | undefined): void;
}

export interface Control {
	readonly clock: ServerClock;
	ask(ask: Ask): void;
	close(): void;
}

const timeInterval = 2000;
/** Before anything begins: the first answers wait for a page that is being built. */
const firstSamples = 5;

export function openControl({ answer, lost }: Told): Control {
	const socket = new WebSocket(new URL("control", document.baseURI).href.replace(/^http/, "ws"));
	const ask = (asked: Ask) => {
		if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(asked));
	};
	const askTime = () => ask({ op: "time", at: performance.now() });
	const clock = new ServerClock();
	const timer = setInterval(askTime, timeInterval);
	let begun: Answer | undefined;
	socket.onopen = askTime;
	socket.onmessage = ({ data }) => {
		const told: Answer = JSON.parse(data);
		if (told.op === "begin") begun = told;
		else if (told.op === "time") {
			const samples = clock.sample(told.at, told.server);
			if (begun === undefined) return;
			if (samples < firstSamples) return askTime();
			answer(begun);
			begun = undefined;
		} else answer(told);
	};
	socket.onclose = ({ code, reason }) => {
		clearInterval(timer);
		lost(code >= 4000 && reason !== "" ? reason : undefined);
	};
	return {
		clock,
		ask,
		close() {
			socket.onclose = null;
			clearInterval(timer);
			socket.close();
		},
	};
}
