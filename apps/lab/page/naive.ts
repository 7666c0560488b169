/** Reading as tutorials do: without a place in the stream. Each gives what ends it. */
import type { Column, Numbered } from "../shared/lab.ts";

interface Hears {
	message(message: Numbered): void;
	open(isOpen: boolean): void;
}

type Read = (url: string, interval: number, hears: Hears) => () => void;

/** Milliseconds until the next try after a failure, as in `setTimeout(connect, 1000)`. */
const pause = 1000;

/** One request after another. */
function asking(query: string, pauseOf: (interval: number) => number): Read {
	return (url, interval, { message, open }) => {
		const ended = new AbortController();
		const { signal } = ended;
		const ask = async () => {
			try {
				const response = await fetch(url + query, { signal, cache: "no-store" });
				const messages: Numbered[] = response.ok ? await response.json() : [];
				if (signal.aborted) return;
				open(response.ok);
				for (const one of messages) message(one);
				setTimeout(next, response.ok ? pauseOf(interval) : pause);
			} catch {
				if (signal.aborted) return;
				open(false);
				setTimeout(next, pause);
			}
		};
		const next = () => {
			if (!signal.aborted) void ask();
		};
		next();
		return () => ended.abort();
	};
}

const events: Read = (url, _, { message, open }) => {
	const source = new EventSource(url);
	source.onopen = () => open(true);
	source.onerror = () => open(false);
	source.onmessage = ({ data }) => message(JSON.parse(data));
	return () => source.close();
};

const socket: Read = (url, _, { message, open }) => {
	let ended = false;
	let current: WebSocket;
	const connect = () => {
		if (ended) return;
		current = new WebSocket(url.replace(/^http/, "ws"));
		current.onopen = () => open(true);
		current.onmessage = ({ data }) => message(JSON.parse(data));
		current.onclose = () => {
			if (!ended) open(false);
			setTimeout(connect, pause);
		};
	};
	connect();
	return () => {
		ended = true;
		current.close();
	};
};

export const naiveWays: Readonly<Record<Column, Read>> = {
	"short-poll": asking("", (interval) => interval),
	"long-poll": asking("?wait=25", () => 0),
	sse: events,
	websocket: socket,
};
