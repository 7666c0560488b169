import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;

beforeEach(() => {
	// In the workspace, so that the planted files find vitest.
	folder = mkdtempSync(resolve("node_modules", "planted-"));
	writeFileSync(join(folder, "vitest.config.mjs"), "export default { test: { dir: '.', exclude: [] } };\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs vitest over `files`; gives its last line and its exit code. */
function run(files: Readonly<Record<string, string>>): { line: string | undefined; status: number | null } {
	for (const [name, text] of Object.entries(files)) {
		writeFileSync(join(folder, `${name}.test.js`), `import { beforeAll, test } from "vitest";\n${text}\n`);
	}
	const reporter = resolve("scripts/count-reporter.ts");
	const vitest = [
		resolve("node_modules/vitest/vitest.mjs"),
		"run",
		`--root=${folder}`,
		"--reporter=default",
		`--reporter=${reporter}`,
	];
	const { stdout, status } = spawnSync(process.execPath, vitest, { cwd: folder, encoding: "utf8" });
	return { line: stdout.trimEnd().split("\n").at(-1), status };
}

const passes = 'test("a", () => {}); test("b", () => {});';

test("a run ends with its count", () => {
	expect(run({ a: passes })).toEqual({ line: "2 passed, 0 failed", status: 0 });
});

test("a run tells what was skipped, and fails when a test does", () => {
	// Planted, and skipped to be counted.
	const mixed = 'test("c", () => { throw new Error("c"); }); test.skip("d", () => {});';
	expect(run({ a: passes, b: mixed })).toEqual({ line: "2 passed, 1 failed, 1 skipped", status: 1 });
});

test("a file that cannot be loaded counts as a failure, and so does a failing hook", () => {
	expect(run({ a: passes, b: 'import "./nothing.js";' })).toEqual({ line: "2 passed, 1 failed", status: 1 });
	expect(run({ b: `beforeAll(() => { throw new Error("b"); }); test("c", () => {});` })).toEqual({
		line: "2 passed, 1 failed, 1 skipped",
		status: 1,
	});
});

test("a rejection that nobody handles counts as a failure", () => {
	const stray = 'test("a", async () => { Promise.reject(new Error("a")); await new Promise((done) => setTimeout(done, 20)); });';
	expect(run({ a: stray })).toEqual({ line: "1 passed, 1 failed", status: 1 });
});
