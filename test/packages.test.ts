import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "holdfast-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Packed {
	readonly path: string;
	readonly files: readonly string[];
}

/** What would be published: the tarball, from the build that is there. */
function pack(name: string): Packed {
	const told = execFileSync("npm", ["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`], {
		cwd: `packages/${name}`,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
	const [{ filename, files }] = JSON.parse(told);
	return { path: join(folder, filename), files: files.map(({ path }: { path: string }) => path) };
}

const manifestOf = (name: string) => JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));

describe.each(["client", "server", "cli"])("the package of the %s, as packed", (name) => {
	const manifest = manifestOf(name);
	let packed: Packed;

	beforeAll(() => {
		packed = pack(name);
	});

	test("is what its manifest says (publint)", async () => {
		const { buffer, byteOffset, length } = readFileSync(packed.path);
		const { messages } = await publint({ pack: { tarball: buffer.slice(byteOffset, byteOffset + length) }, strict: true });
		expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
	});

	test("holds its build and nothing of its source", () => {
		expect(packed.files.some((path) => path.startsWith("dist/"))).toBe(true);
		expect(packed.files.filter((path) => /^(src|test)\/|\.test\./.test(path))).toEqual([]);
	});

	test("asks nobody to install the protocol, which has no package of its own", () => {
		expect(manifest.dependencies ?? {}).not.toHaveProperty("@holdfast/protocol");
		const built = packed.files.filter((path) => /\.(js|d\.ts)$/.test(path));
		expect(built.length).toBeGreaterThan(1);
		expect(built.filter((path) => readFileSync(`packages/${name}/${path}`, "utf8").includes("@holdfast/protocol"))).toEqual([]);
	});
});

describe.each(["client", "server"])("every entry of the %s", (name) => {
	test("has types that suit it (are the types wrong)", () => {
		const attw = spawnSync("node_modules/.bin/attw", [pack(name).path, "--profile=esm-only", "--no-color"], { encoding: "utf8" });
		expect(attw.status, attw.stdout).toBe(0);
		expect(attw.stdout).toContain("🟢 (ESM)");
	});

	test("names its types first", () => {
		for (const [entry, target] of Object.entries(manifestOf(name).exports)) {
			if (entry === "./package.json") continue;
			expect([entry, Object.keys(target as object)]).toEqual([entry, ["types", "default"]]);
		}
	});

	test("is a module that Node imports from the build, by its name", async () => {
		const entries = Object.keys(manifestOf(name).exports).filter((entry) => entry !== "./package.json");
		const importAll = entries.map((entry) => `await import("@holdfast/${name}${entry.slice(1)}")`).join(", ");
		const counted = `console.log([${importAll}].map((module) => Object.keys(module).length))`;
		const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", counted], {
			cwd: `packages/${name}`,
			encoding: "utf8",
		});
		expect(stderr).toBe("");
		expect(stdout.match(/\d+/g)?.map(Number)).toEqual(entries.map(() => expect.toSatisfy((exported) => exported > 0)));
	});
});

test("the command's bin is a committed file that a shell can run", () => {
	const bin = `packages/cli/${manifestOf("cli").bin.holdfast}`;
	expect(execFileSync("git", ["ls-files", "--stage", bin], { encoding: "utf8" })).toMatch(/^100755 /);
	expect(readFileSync(bin, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});
