/** `npm test`: everything that must hold, from a fresh clone too. Arguments go to vitest (`npm test -- packages/protocol`). */
import { spawn, spawnSync } from "node:child_process";
import { buildIfNeeded, installIfNeeded, root } from "./ready.mjs";

const steps = [
	["install", installIfNeeded],
	["set up", () => run("bash", "scripts/setup-tests.sh")],
	["build", buildIfNeeded],
	["lint", () => run("npm", "run", "--silent", "lint")],
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

// Beside the tests, of which the first are small: what it has to say comes behind theirs.
const types = begin(["npm", "run", "--silent", "types"], ["ignore", "pipe", "pipe"]);
const tests = begin([process.execPath, "node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)], "inherit");
const [checked, tested] = await Promise.all([types, tests]);
process.exitCode = tested.status;
if (checked.status !== 0) {
	console.error(`${checked.said}npm test: cannot check types`);
	console.log("0 passed, 1 failed");
	process.exitCode = 1;
}

/** Resolves when it has ended, with what it said where that is not shown at once. */
function begin([program, ...given], stdio) {
	const child = spawn(program, given, { cwd: root, stdio });
	let said = "";
	for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += text));
	return new Promise((resolve) => {
		child.on("error", (error) => resolve({ status: 1, said: `${error.message}\n` }));
		child.on("close", (status) => resolve({ status: status ?? 1, said }));
	});
}

function run(command, ...given) {
	const { status, error } = spawnSync(command, given, { cwd: root, stdio: "inherit" });
	if (error) throw error;
	if (status !== 0) throw new Error(`${[command, ...given].join(" ")} ended with ${status}`);
}
