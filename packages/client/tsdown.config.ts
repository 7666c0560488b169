import { defineConfig } from "tsdown";

export default defineConfig([
	{
		entry: ["src/{index,core,messages,persist,simple,real-environment}.ts", "src/ways/{websocket,sse,long-poll,short-poll}.ts"],
		tsconfig: "../../tsconfig.json",
		platform: "neutral",
		fixedExtension: false,
		logLevel: "warn",
		checks: { pluginTimings: false },
		// The protocol is no package of its own: what it says is part of what this one says, types too.
		deps: { alwaysBundle: ["@holdfast/protocol"], onlyBundle: [] },
		hash: false,
		dts: true,
	},
	{
		// What the server serves to pages without a build step. A browser never comes to the import of `ws`.
		entry: { holdfast: "src/index.ts" },
		tsconfig: "../../tsconfig.json",
		platform: "browser",
		target: "es2023",
		minify: true,
		logLevel: "warn",
		deps: { alwaysBundle: ["@holdfast/protocol"], neverBundle: ["ws"], onlyBundle: [] },
		dts: false,
	},
]);
