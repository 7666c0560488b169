import { readFileSync } from "node:fs";
import { defineConfig } from "tsdown";

const page = "../../apps/console/src";

/** The sheets of the page as one file, in the order in which they may overrule each other. */
function style(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): string }) {
	const look = ["text", "controls", "panel"].map((name) => `../../apps/look/${name}`);
	const sheets = [...look, `${page}/style/parts`, `${page}/style/layout`];
	this.emitFile({
		type: "asset",
		fileName: "style.css",
		source: sheets.map((sheet) => readFileSync(`${sheet}.css`, "utf8")).join("\n"),
	});
}

export default defineConfig([
	{
		entry: ["src/main.ts"],
		tsconfig: "../../tsconfig.json",
		fixedExtension: false,
		logLevel: "warn",
		deps: { alwaysBundle: ["@holdfast/protocol"], onlyBundle: [] },
		dts: false,
	},
	{
		entry: [`${page}/console.ts`],
		tsconfig: "../../apps/console/tsconfig.json",
		outDir: "dist/console",
		logLevel: "warn",
		platform: "browser",
		target: "es2023",
		copy: [`${page}/index.html`],
		plugins: [{ name: "style", generateBundle: style }],
		dts: false,
	},
]);
