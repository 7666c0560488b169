/** `npm test`: everything that must hold, from a fresh clone too. Arguments go to vitest (`npm test -- packages/protocol`). */
import { spawnSync } from "node:child_process";
import { buildIfNeeded, installIfNeeded, root } from "./ready.mjs";

const steps = [
	["install", installIfNeeded],
	["set up", () => run("bash", "scripts/setup-tests.sh")],
	["build", buildIfNeeded],
	["lint", () => run("npm", "run", "--silent", "lint")],
	["check types", () => run("npm", "run", "--silent", "types")],
];

for (const [name, step] of steps) {
	try {
		step();
	} catch (error) {
		console.error(`npm test: cannot ${name}: ${error.message}`);
		console.log("0 passed, 1 failed");
		process.exit(1);
	}
}

const tests = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)], {
	cwd: root,
	stdio: "inherit",
});
process.exitCode = tests.status ?? 1;

function run(command, ...given) {
	const { status, error } = spawnSync(command, given, { cwd: root, stdio: "inherit" });
	if (error) throw error;
	if (status !== 0) throw new Error(`${[command, ...given].join(" ")} ended with ${status}`);
}
