/** The page's own line to its session: a WebSocket, which is not one of the six connections that the columns share. */
import { diagnostics } from "@holdfast/server";
import type { WebSocket } from "ws";
import type { Answer, Ask } from "../shared/lab.ts";
import { askOf, Nonsense } from "./ask.ts";
import { now } from "./clock.ts";
import type { Herds } from "./herd.ts";
import type { Session } from "./session.ts";

const statsInterval = 250;
/** A page asks for the time every 2 s; one that has fallen silent is gone, or asleep. */
const silence = 30_000;
const mostBuffered = 256 * 1024;

export interface Controlled {
	readonly id: string;
	readonly session: Session;
	readonly herds: Herds;
	/** Where this server can be reached from itself. */
	readonly here: string;
}

/** Serves one page until its line is closed; `gone` is called then. */
export function control(socket: WebSocket, { id, session, herds, here }: Controlled, gone: () => void): void {
	let heard = now();
	const tell = (answer: Answer) => {
		// Whoever asks and does not read is no page of ours.
		if (socket.bufferedAmount > mostBuffered) socket.terminate();
		else socket.send(JSON.stringify(answer));
	};
	const refuse = (about: Ask["op"] | undefined, error: unknown) => {
		if (!(error instanceof Nonsense)) diagnostics.fault.tell({ during: "lab", error });
		const detail = error instanceof Nonsense ? error.message : "Something went wrong here; try again.";
		tell({ op: "refused", about, detail, knobs: session.knobs });
	};
	const timer = setInterval(() => {
		if (now() - heard > silence) socket.terminate();
		else tell({ op: "stats", ...session.stats });
	}, statsInterval);

	const asked = async (ask: Ask) => {
		if (ask.op === "set") session.knobs = ask.knobs;
		else if (ask.op === "time") tell({ op: "time", at: ask.at, server: now() });
		else if (ask.op === "many") session.tellMany();
		else if (ask.op === "herd") tell({ op: "herd", ...(await herds.wake(here, ask)) });
		else session[ask.op]();
	};
	socket.on("message", (data) => {
		heard = now();
		try {
			const ask = askOf(data.toString());
			asked(ask).catch((error: unknown) => refuse(ask.op, error));
		} catch (error) {
			refuse(undefined, error);
		}
	});
	socket.on("error", () => undefined);
	socket.once("close", () => {
		clearInterval(timer);
		gone();
	});
	tell({ op: "begin", id });
}
