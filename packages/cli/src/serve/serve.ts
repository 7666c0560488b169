/** `holdfast serve`: one log, one port, and one process unless more are asked for. */

import { CommandError } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { announce, isLoopbackName } from "./announce.ts";
import { openLog } from "./open-log.ts";
import { serveLog } from "./serve-log.ts";
import { supervise } from "./workers/supervise.ts";

/**
 * Serves until `io.stop`, then drains.
 *
 * @throws CommandError when others could reach it and nobody has said what they may, or the port, the data folder or the Redis cannot be opened, or its workers die as they begin.
 */
export async function serve(settings: Settings, version: string, io: Io): Promise<void> {
	refuseOpenPort(settings);
	const stopping = () => say(io.stdout, "stopping: sending readers away");
	if (settings.workers > 1) {
		await supervise(settings, { version, ready: (url) => announce(url, settings, version, io), stopping }, io);
	} else {
		const ready = (url: string) => announce(url, settings, version, io);
		await serveLog(settings, { version, open: () => openLog(settings), ready, stopping }, io);
	}
	say(io.stdout, "stopped");
}

/** Whoever reached the port could read and publish everything, which must be said and not happen. */
function refuseOpenPort({ host, rights, open }: Settings): void {
	if (rights !== undefined || open || isLoopbackName(host)) return;
	throw new CommandError(
		"usage",
		`will not listen on ${host} without rights: whoever reached it could read and publish everything. Configure tokens, API keys, a hook or what is public, or say --open to mean it`,
	);
}
