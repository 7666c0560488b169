import { describe, test } from "vitest";
import { logKit } from "../../testing/log-kit.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diskLog } from "./disk.ts";

for (const durability of ["disk", "commit", "none"] as const) {
	describe(`durability ${durability}`, () => {
		logKit(
			test,
			async (options) => {
				const { folder, clear } = await temporaryFolder();
				const open = () => diskLog({ ...options, folder, durability });
				return { log: open(), reopen: async () => open(), clear };
			},
			{ keeps: true },
		);
	});
}
