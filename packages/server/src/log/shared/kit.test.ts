import { join } from "node:path";
import { test } from "vitest";
import { logKit } from "../../testing/log-kit.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { Log } from "../log.ts";
import { diskOwner } from "./owner.ts";
import { diskWorkerLog } from "./worker.ts";

logKit(
	test,
	async (options) => {
		const { folder, clear } = await temporaryFolder();
		const path = join(folder, "owner");
		const open = async (): Promise<Log> => {
			const owner = await diskOwner({ ...options, folder, path });
			const log = await diskWorkerLog({ folder, path });
			const close = log.close.bind(log);
			return Object.assign(log, { close: () => close().then(() => owner.close()) });
		};
		return { log: await open(), reopen: open, clear };
	},
	{ keeps: true },
);
