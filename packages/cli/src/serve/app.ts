/** Routes of your own beside those of Holdfast: a module that `serve` loads and hands every other request to. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import { pathToFileURL } from "node:url";
import type { Holdfast } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";

/** What the app is told of the server that it is part of. */
export interface Serving {
	/** To publish and subscribe in this process. */
	readonly holdfast: Holdfast;
	/** The folder of the messages, absolute, for what the app keeps beside them; undefined where they are kept elsewhere, or nowhere. */
	readonly folder: string | undefined;
	/** The address of the Redis of the messages, for the same; an app of several nodes keeps there what all of them are to know. */
	readonly redis: string | undefined;
	/** Milliseconds that `close` has. */
	readonly drainTime: number;
}

export interface App {
	/** Answers what is no route of Holdfast's. */
	handle(request: IncomingMessage, response: ServerResponse): void;
	/** Answers such upgrades; without it they are refused. */
	upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	/** Called when the server drains, beside it. */
	close?(): void | Promise<void>;
}

/** What the module exports as `app`. */
export type MakeApp = (serving: Serving) => App | Promise<App>;

/** @throws CommandError when the module cannot be loaded, exports no `app`, or its app does not start. */
export async function openApp(path: string, serving: Serving): Promise<App> {
	try {
		const { app } = (await import(pathToFileURL(resolve(path)).href)) as { app?: MakeApp };
		if (typeof app !== "function") throw new TypeError("it exports no function named app");
		return await app(serving);
	} catch (cause) {
		throw new CommandError("unavailable", `cannot start the app ${path}: ${describe(cause)}`, { cause });
	}
}
