/** Readers of one column, Holdfast's and the tutorials', behind one type. */
import { type CoreClient, connect, type Way } from "@holdfast/client/core";
import { longPoll } from "@holdfast/client/long-poll";
import { shortPollEvery } from "@holdfast/client/short-poll";
import { sse } from "@holdfast/client/sse";
import { websocket } from "@holdfast/client/websocket";
import { type Column, channel, type Form, type Numbered } from "../shared/lab.ts";
import { naiveWays } from "./naive.ts";

export interface Hears {
	message(message: Numbered): void;
	/** The server told that some are no longer kept. */
	gap(): void;
	/** Whether what is published from now on comes to it: a connection over which nothing has begun is not open. */
	open(isOpen: boolean): void;
}

export interface Reader {
	/** Another pause between two short polls, in milliseconds. */
	turn(interval: number): void;
	close(): void;
}

export interface Where {
	/** Of the session, with a slash at its end. */
	readonly url: string;
	readonly column: Column;
	readonly form: Form;
	readonly interval: number;
}

export function openReader(where: Where, hears: Hears): Reader {
	return where.form === "holdfast" ? holdfastReader(where, hears) : naiveReader(where, hears);
}

function wayOf(column: Column, interval: number): Way {
	return { "short-poll": shortPollEvery(interval), "long-poll": longPoll, sse, websocket }[column];
}

export function holdfastReader({ url, column, interval }: Where, hears: Hears): Reader {
	/** All that a reader is: whoever has it goes on there, over whatever comes between. */
	let cursor = "now";
	let client: CoreClient | undefined;
	const tellOpen = () => hears.open(client?.state === "open" && cursor !== "now");
	const read = (every: number) => {
		client?.close();
		client = connect(`${url}${column}/holdfast`, { transport: wayOf(column, every) });
		client.on("state", tellOpen);
		client.channel<Numbered>(channel).subscribe(
			({ id, data }) => {
				cursor = id;
				hears.message(data);
			},
			{
				after: cursor,
				onBegin: (place) => {
					cursor = place;
					tellOpen();
				},
				onGap: hears.gap,
				onEnd: () => hears.open(false),
			},
		);
	};
	read(interval);
	return { turn: read, close: () => client?.close() };
}

function naiveReader({ url, column, form, interval }: Where, hears: Hears): Reader {
	const open = (every: number) => naiveWays[column](`${url}${column}/${form}/`, every, hears);
	let close = open(interval);
	return {
		turn(every) {
			close();
			close = open(every);
		},
		close: () => close(),
	};
}
