/**
 * Several processes for one port and one log: this one only sees to it that they are there. With Redis each worker is a node. A
 * data folder has one owner, a process of its own, so that whatever kills it leaves the workers and their readers where they are.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveOptions, serverOptions } from "@holdfast/server";
import type { Io } from "../../io.ts";
import type { Settings } from "../../settings/resolve.ts";
import { listen, urlOf } from "../http-server.ts";
import { serveTeam } from "../sight/gather.ts";
import { startChild } from "./child.ts";
import { fillPost, type Post } from "./post.ts";
import type { Task } from "./task.ts";

export interface Supervision {
	readonly version: string;
	/** All workers listen. */
	ready(url: string): void;
	/** It has been asked to stop. */
	stopping(): void;
}

/**
 * Serves until `io.stop`, then drains.
 *
 * @throws CommandError when it cannot begin, or when processes die as they begin, over and over.
 */
export async function supervise(settings: Settings, { version, ready, stopping }: Supervision, io: Io): Promise<void> {
	const { port, url } = await choosePort(settings);
	const place = settings.folder === undefined ? undefined : meetingPlace();
	const posts: Post[] = [];
	let closing = false;
	let fail: (error: unknown) => void = () => {};
	const broken = new Promise<never>((_, reject) => {
		fail = reject;
	});
	const fill = async (name: string, role: Task["role"]) => {
		if (closing) return;
		const post = fillPost(name, { role, settings: { ...settings, port }, version, path: place?.path }, startChild, io);
		posts.push(post);
		post.ended.catch(fail);
		await post.ready;
	};
	const begin = async () => {
		if (place) await fill("the owner of the data folder", "owner");
		// What keeps the first one from serving is told once.
		await fill("worker 1", "worker");
		await Promise.all(Array.from({ length: settings.workers - 1 }, (_, i) => fill(`worker ${i + 2}`, "worker")));
		if (!closing) ready(url);
	};
	const endTeam = serveTeam();
	const asked = io.stop.aborted ? undefined : once(io.stop, "abort");
	try {
		await Promise.race([broken, asked, begin().then(() => asked)]);
		stopping();
	} finally {
		closing = true;
		// Their own bounds come first.
		const within = resolveOptions(serverOptions, settings.server).drainTime + 5000;
		const workers = place ? posts.slice(1) : posts;
		await Promise.all(workers.map((worker) => worker.stop(within)));
		if (place) await posts[0]?.stop(within);
		place?.clear();
		endTeam();
	}
}

/** Finds out whether the port can be had, before anything is started, and which one it is where any will do: all workers need the same. */
async function choosePort(settings: Settings): Promise<{ readonly port: number; readonly url: string }> {
	const server = createServer();
	await listen(server, settings.host, settings.port);
	const url = urlOf(server, settings);
	server.close();
	await once(server, "close");
	return { port: Number(new URL(url).port), url };
}

/** Where workers find the owner: nobody else may enter the folder. */
function meetingPlace(): { readonly path: string; clear(): void } {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
	const path = process.platform === "win32" ? `\\\\.\\pipe\\${folder.replace(/\W/g, "-")}` : join(folder, "owner");
	return { path, clear: () => rmSync(folder, { recursive: true, force: true }) };
}
