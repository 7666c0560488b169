/** For tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function temporaryFolder(): Promise<{ readonly folder: string; clear(): Promise<void> }> {
	const folder = await mkdtemp(join(tmpdir(), "holdfast-"));
	return { folder, clear: () => rm(folder, { recursive: true, force: true }) };
}
