import { defineConfig } from "tsdown";

const page = "../../apps/console/src";

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
		copy: [`${page}/index.html`, `${page}/style.css`],
		dts: false,
	},
]);
