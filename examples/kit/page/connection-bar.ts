/** The part of a page's header that says how it is connected, with the switch. */
import type { ConnectionState, HoldfastError, TransportName } from "@holdfast/client";
import { byId, make, setText } from "../../../apps/look/dom.ts";
import { reasonOf } from "./ask.ts";

const names: Readonly<Record<TransportName, string>> = {
	websocket: "WebSocket",
	sse: "SSE",
	"long-poll": "Long poll",
	"short-poll": "Short poll",
};

export interface ConnectionBar {
	/** What was chosen when the page was opened; undefined where the client may choose. */
	readonly chosen: TransportName | undefined;
	state(state: ConnectionState, reason: HoldfastError | undefined): void;
	transport(name: TransportName): void;
	fault(error: unknown): void;
}

/** Draws into `#connection`. The choice stands in the address, so that it outlives a reload. */
export function showConnection(change: (transport: TransportName | undefined) => void): ConnectionBar {
	const box = byId("connection", HTMLElement);
	const words = make("span");
	words.setAttribute("role", "status");
	const since = make("span", "since");
	const fault = make("p", "fault");
	fault.setAttribute("role", "alert");
	const given = new URLSearchParams(location.search).get("transport") as TransportName | null;
	const chosen = given !== null && Object.hasOwn(names, given) ? given : undefined;
	box.append(make("p", "words", make("span", "dot"), words, " ", since), switchOf(chosen, change), fault);

	let over: TransportName | undefined;
	/** When the connection was lost. */
	let lostAt: number | undefined;
	const count = () => {
		since.textContent = lostAt === undefined ? "" : `${Math.round((performance.now() - lostAt) / 1000)} s ago; trying again`;
	};
	setInterval(count, 1000);
	const draw = (state: ConnectionState) => {
		const isLive = state === "open";
		// Where nothing is followed nothing is lost.
		lostAt = isLive || state === "idle" ? undefined : (lostAt ?? (over && performance.now()));
		const is = isLive ? "live" : lostAt !== undefined ? "lost" : state === "idle" ? "idle" : "connecting";
		box.dataset["is"] = is;
		setText(
			words,
			{ live: `Live over ${over ? names[over] : "…"}`, lost: "Connection lost", idle: "Not connected", connecting: "Connecting" }[
				is
			],
		);
		count();
	};
	draw("idle");
	return {
		chosen,
		state: draw,
		transport(name) {
			over = name;
			draw("open");
		},
		fault(error) {
			setText(fault, reasonOf(error));
		},
	};
}

function switchOf(chosen: TransportName | undefined, change: (transport: TransportName | undefined) => void): HTMLElement {
	const choices = make("div", "choices");
	for (const [value, name] of [["", "Best"], ...Object.entries(names)] as const) {
		const input = Object.assign(make("input"), { type: "radio", name: "transport", value, checked: value === (chosen ?? "") });
		input.addEventListener("change", () => {
			const here = new URL(location.href);
			if (value === "") here.searchParams.delete("transport");
			else here.searchParams.set("transport", value);
			history.replaceState(null, "", here);
			change(value === "" ? undefined : (value as TransportName));
		});
		choices.append(make("label", "", input, make("span", "", name)));
	}
	return make("fieldset", "transport", make("legend", "hidden", "Transport"), choices);
}
