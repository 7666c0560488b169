/** `holdfast serve`: one log, one port, and one process unless more are asked for. */
import { type Io, say } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { announce } from "./announce.ts";
import { openLog } from "./open-log.ts";
import { serveLog } from "./serve-log.ts";
import { supervise } from "./workers/supervise.ts";

/**
 * Serves until `io.stop`, then drains.
 *
 * @throws CommandError when the port, the data folder or the Redis cannot be opened, or its workers die as they begin.
 */
export async function serve(settings: Settings, version: string, io: Io): Promise<void> {
	const stopping = () => say(io.stdout, "stopping: sending readers away");
	if (settings.workers > 1) {
		await supervise(settings, { version, ready: (url) => announce(url, settings, version, io), stopping }, io);
	} else {
		const ready = (url: string) => announce(url, settings, version, io);
		await serveLog(settings, { version, open: () => openLog(settings), ready, stopping }, io);
	}
	say(io.stdout, "stopped");
}
