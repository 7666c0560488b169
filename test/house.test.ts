import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceFiles } from "./sources.ts";

/** Lines of the files that `wanted` picks, with where they stand; comments are left out. */
function lines(wanted: RegExp): { where: string; line: string; before: string }[] {
	return sourceFiles()
		.filter((path) => wanted.test(path))
		.flatMap((path) => {
			const all = readFileSync(path, "utf8").split("\n");
			return all.map((line, i) => ({ where: `${path}:${i + 1}`, line, before: all[i - 1] ?? "" }));
		})
		.filter(({ line }) => !/^\s*(\/\/|\/?\*)/.test(line));
}

const time =
	/\b(Date\.now|new Date|Math\.random|performance\.now|process\.hrtime|random(UUID|Bytes|Int)|set(Timeout|Interval|Immediate))\b/;

test("the log, the hub and the client take time and chance as arguments", () => {
	const code = lines(/^packages\/(server\/src\/(log|hub)|client\/src)\/(?!environment\.ts$|.*\.test\.ts$)/);
	expect(code.length).toBeGreaterThan(50);
	expect(code.filter(({ line }) => time.test(line)).map(({ where, line }) => `${where}: ${line.trim()}`)).toEqual([]);
});

/** Where tests are left out without a reason in the line above; `context.skip("…")` tells its own. */
function silentSkips(tests: ReturnType<typeof lines>): string[] {
	const skips = tests.filter(({ line }) =>
		/\b(test|it|describe)(\.\w+)*\.(skip|todo|skipIf|runIf|fails)\b|\.skip\(\)/.test(line),
	);
	return skips.filter(({ before }) => !/^\s*\/\/ \S/.test(before)).map(({ where }) => where);
}

test("a test that is skipped says why", () => {
	const planted = [
		'test.skip("a", () => {});',
		"// Why not.",
		'test.runIf(linux)("b", () => {});',
		"context.skip();",
		'context.skip("why")',
	];
	const asLines = planted.map((line, i) => ({ where: `planted:${i + 1}`, line, before: planted[i - 1] ?? "" }));
	expect(silentSkips(asLines)).toEqual(["planted:1", "planted:4"]);
	expect(silentSkips(lines(/^(?!test\/house).*\.test\.ts$/))).toEqual([]);
});

test("all packages bear one version, and depend on each other at it", () => {
	const manifests = ["protocol", "client", "server", "cli"].map((name) =>
		JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8")),
	);
	const version = manifests[0].version;
	for (const manifest of manifests) {
		expect(manifest.version).toBe(version);
		for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
			if (name.startsWith("@holdfast/")) expect(range).toBe(version);
		}
	}
});

const shipped = "packages/server/src";

/** A rule, the file that breaks it, and how. */
const planted = [
	[
		"a floating promise",
		"noFloatingPromises",
		`${shipped}/a.ts`,
		"async function work(): Promise<void> {}\nexport const go = () => {\n\twork();\n};\n",
	],
	["any", "noExplicitAny", `${shipped}/b.ts`, "export const x = (y: any): unknown => y;\n"],
	["a type error that is waved through", "noTsIgnore", `${shipped}/c.ts`, "// @ts-ignore\nexport const x: string = 1;\n"],
	[
		"a value that is said to be there",
		"noNonNullAssertion",
		`${shipped}/d.ts`,
		"export const x = (y?: string): number => y!.length;\n",
	],
	["the console in a library", "noConsole", `${shipped}/e.ts`, 'console.log("x");\n'],
	["the process in a library", "noRestrictedGlobals", `${shipped}/f.ts`, 'export const x = process.env["HOME"];\n'],
	[
		"the process by import",
		"noRestrictedImports",
		`${shipped}/g.ts`,
		'import { env } from "node:process";\nexport const x = env;\n',
	],
	["a default export", "noDefaultExport", `${shipped}/h.ts`, "export default 1;\n"],
	["a name that is not kebab-case", "useFilenamingConvention", `${shipped}/nameOfFile.ts`, "export const x = 1;\n"],
	["an import without its ending", "useImportExtensions", `${shipped}/i.ts`, 'import { x } from "./b";\nexport const y = x;\n'],
	["an import that goes round", "noImportCycles", `${shipped}/j.ts`, 'import type { X } from "./k.ts";\nexport type Y = X;\n'],
	[
		"a type's import that goes round",
		"noImportCycles",
		`${shipped}/k.ts`,
		'import type { Y } from "./j.ts";\nexport type X = Y;\n',
	],
	["a test that stands alone", "noFocusedTests", `${shipped}/l.test.ts`, 'test.only("x", () => {});\n'],
	["a file over 350 lines", "noExcessiveLinesPerFile", `${shipped}/m.ts`, "export {};\n".repeat(351)],
	[
		"a function over 60 lines",
		"noExcessiveLinesPerFunction",
		`${shipped}/n.ts`,
		`export function f(): void {\n${"\tf();\n".repeat(61)}}\n`,
	],
] as const;

const allowed = [
	[
		"a promise that is awaited",
		`${shipped}/x.ts`,
		"export const go = async (work: () => Promise<void>) => {\n\tawait work();\n};\n",
	],
	["the console in the command", "packages/cli/src/x.ts", 'console.log(process.env["HOME"]);\n'],
	["a long test", `${shipped}/x.test.ts`, `test("x", () => {\n${"\tf();\n".repeat(61)}});\n`],
] as const;

describe("the linter", () => {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-lint-"));
	let found: readonly { readonly category: string; readonly location: { readonly path: string } }[];

	beforeAll(() => {
		const settings = JSON.parse(readFileSync("biome.json", "utf8"));
		const files = [
			["biome.json", JSON.stringify({ ...settings, vcs: { enabled: false } })],
			...planted.map(([, , path, text]) => [path, text] as const),
			...allowed.map(([, path, text]) => [path, text] as const),
		] as const;
		for (const [path, text] of files) {
			mkdirSync(dirname(join(folder, path)), { recursive: true });
			writeFileSync(join(folder, path), text);
		}
		const biome = resolve("node_modules/.bin/biome");
		const { stdout } = spawnSync(biome, ["lint", "--reporter=json", "--max-diagnostics=none"], { cwd: folder, encoding: "utf8" });
		found = JSON.parse(stdout).diagnostics;
	});

	afterAll(() => rmSync(folder, { recursive: true }));

	const foundIn = (path: string) => found.filter(({ location }) => location.path === path).map(({ category }) => category);

	test.each(planted)("refuses %s", (_, rule, path) => {
		expect(foundIn(path).map((category) => category.split("/").at(-1))).toContain(rule);
	});

	test.each(allowed)("lets %s through", (_, path) => {
		expect(foundIn(path)).toEqual([]);
	});
});
