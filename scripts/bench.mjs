/** `npm run bench` and `npm run bench:check`, from a fresh clone too: packages, peers and build first. Arguments go to the program. */
import { spawnSync } from "node:child_process";
import { buildIfNeeded, installIfNeeded, root } from "./ready.mjs";

const [program, ...given] = process.argv.slice(2);
installIfNeeded();
// What is said before the program begins is not its result.
run("bash", ["scripts/setup-bench.sh"], ["inherit", 2, 2]);
buildIfNeeded();
run("npm", ["run", "-s", "build", "-w", "@holdfast/bench"], ["inherit", 2, 2]);
run(process.execPath, [`bench/dist/${program}.js`, ...given], "inherit");

function run(command, args, stdio) {
	const { status } = spawnSync(command, args, { cwd: root, stdio });
	if (status !== 0) process.exit(status ?? 1);
}
