/** The server that a command speaks to, and what went wrong with it in a line. */
import type { HoldfastError } from "@holdfast/client";
import { errors } from "@holdfast/protocol";
import { CommandError, describe } from "../exit-codes.ts";

export interface Server {
	/** Without a slash at its end; with a path, where the server is mounted below one. */
	readonly url: string;
	readonly host: string;
	readonly token: string | undefined;
}

export function parseServer(text: string, token: string | undefined): Server {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol)) {
		throw new CommandError("usage", `${JSON.stringify(text)} is not the URL of a server, such as http://127.0.0.1:8080`);
	}
	// Fetch takes none, and would show them in its error.
	if (url.username !== "" || url.password !== "") {
		throw new CommandError("usage", "a URL is shown by ps and kept by the shell: give credentials as HOLDFAST_TOKEN");
	}
	return { url: url.origin + url.pathname.replace(/\/+$/, ""), host: url.host, token };
}

/** What the server told, or why nothing came from it. */
export function wordsOf({ code, message, cause }: HoldfastError, { host }: Server): string {
	if (Object.hasOwn(errors, code)) return `${errors[code as keyof typeof errors].status} ${code}: ${message}`;
	return `${host}: ${cause === undefined ? message : innermost(cause)}`;
}

/** `fetch failed` is all that fetch says itself; the reason is its cause, or one for each address that was tried. */
function innermost(error: unknown): string {
	if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
	return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : describe(error);
}
