/** `holdfast tail`: prints what channels hold and what comes. */
import { once } from "node:events";
import type { Gap, HoldfastError, Message, StartOptions } from "@holdfast/client";
import type { CoreClient } from "@holdfast/client/core";
import { CommandError } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";
import { visible } from "../trace/trace.ts";
import { wordsOf } from "../wire/server.ts";
import { open, type Reading } from "./open.ts";
import { humanGap, humanMessage, jsonMessage } from "./print.ts";

export interface TailOptions extends Reading {
	readonly channels: readonly string[];
	readonly start: StartOptions;
	readonly json: boolean;
	/** Messages after which to end. */
	readonly count: number;
}

/**
 * Ends when it is asked to, or has printed enough.
 *
 * @throws CommandError when the server refuses a channel, or was never there.
 */
export async function tail(options: TailOptions, io: Io): Promise<void> {
	const { server, channels, start } = options;
	const ended = new AbortController();
	const tell = (line: string) => say(io.stderr, line);
	const holdfast = open(options, tell, ended.signal);
	try {
		await new Promise<void>((end, fail) => {
			io.stop.addEventListener("abort", () => end());
			if (io.stop.aborted) end();
			holdfast.on("error", fail);
			tellConnection(holdfast, options, tell, fail);
			const { message, gap } = printer(options, io, end);
			const onEnd = (error: HoldfastError) => fail(new CommandError("failed", wordsOf(error, server), { cause: error }));
			for (const name of channels) holdfast.channel(name).subscribe(message, { ...start, onGap: gap, onEnd });
		});
	} finally {
		holdfast.close();
		ended.abort();
	}
}

/** Tells each loss, and each way that is not the one before; `fail` is told when there is no server from the beginning. */
function tellConnection(
	holdfast: CoreClient,
	{ server, transport }: Reading,
	tell: (line: string) => void,
	fail: (error: CommandError) => void,
): void {
	let reached = false;
	let over: string | undefined = transport;
	holdfast.on("state", (state, reason) => {
		reached ||= state === "open";
		if (state !== "waiting" || reason === undefined) return;
		over = undefined;
		const words = wordsOf(reason, server);
		// A server that answers, though only that it is busy, is there.
		if (!reached && reason.code === "unreachable") fail(new CommandError("unreachable", words, { cause: reason }));
		else tell(`holdfast: ${visible(words)}; trying again`);
	});
	holdfast.on("transport", (name) => {
		const now = name === "short-poll" ? "poll" : name;
		if (now !== over) tell(`· now over ${now}`);
		over = now;
	});
}

function printer({ channels, json, count }: TailOptions, io: Io, enough: () => void) {
	const style = { several: channels.length > 1 };
	let left = count;
	let draining: Promise<void> | undefined;
	const print = (line: string): Promise<void> | undefined => {
		if (io.stdout.write(`${line}\n`)) return undefined;
		// Whoever reads our output is slower than the channels: they wait, all for the same moment, and the messages stay in the log.
		draining ??= once(io.stdout, "drain").then(
			() => {
				draining = undefined;
			},
			// Nobody takes it any more, which ends the command.
			() => undefined,
		);
		return draining;
	};
	return {
		message(message: Message): Promise<void> | undefined {
			if (left === 0) return undefined;
			left--;
			const room = print(json ? jsonMessage(message) : humanMessage(message, style));
			if (left === 0) enough();
			return room;
		},
		gap(gap: Gap): void {
			if (left === 0) return;
			if (json) void print(JSON.stringify({ gap }));
			else say(io.stderr, humanGap(gap));
		},
	};
}
