/** Arguments that several commands take, and their checks. */
import { isChannelName } from "@holdfast/protocol";
import { InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import { amountHints, parseAmount } from "../settings/units.ts";
import { parseServer, type Server } from "../wire/server.ts";

const defaultUrl = "http://127.0.0.1:8080";

export interface ServerOptions {
	readonly url?: string;
	readonly token?: string;
}

export function urlOption(): Option {
	return new Option("--url <url>", `The server. (default: ${defaultUrl}; environment: HOLDFAST_URL)`);
}

export function tokenOption(): Option {
	return new Option("--token <token>", "Sent as Authorization: Bearer. (environment: HOLDFAST_TOKEN, which ps does not show)");
}

export function serverFrom(options: ServerOptions, io: Io): Server {
	const { HOLDFAST_URL: url, HOLDFAST_TOKEN: token } = io.env;
	return parseServer(options.url ?? url ?? defaultUrl, options.token ?? token);
}

export function channelArgument(text: string): string {
	if (isChannelName(text)) return text;
	throw new InvalidArgumentError("A channel is named with 1 to 255 of A-Z a-z 0-9 . _ ~ : - and is neither . nor ..");
}

export function timeArgument(text: string): number {
	const time = parseAmount(text, "ms");
	if (time === undefined) throw new InvalidArgumentError(`It takes ${amountHints.ms}.`);
	return time;
}

export function countArgument(least: number, most: number): (text: string) => number {
	return (text) => {
		const count = parseAmount(text, "count");
		if (count === undefined || count < least || count > most) {
			throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
		}
		return count;
	};
}

/** Collects patterns of channels; whether they are any the server says. */
export function patternList(text: string, others: readonly string[] | undefined): readonly string[] {
	return [...(others ?? []), text];
}
