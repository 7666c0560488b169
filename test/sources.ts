import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** The paths of all files that git has or would take, from the root; tests run there. */
export function sourceFiles(): string[] {
	const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
		encoding: "utf8",
	});
	return listed.split("\0").filter((path) => path.endsWith(".ts") && existsSync(path));
}
