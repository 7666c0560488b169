import { defineConfig } from "tsdown";

/** One minified file, which a server serves to pages without a build step. A browser never comes to the import of `ws`. */
const served = (name: string, source: string) => ({
	entry: { [name]: source },
	tsconfig: "../../tsconfig.json",
	platform: "browser" as const,
	target: "es2023",
	minify: true,
	clean: false,
	logLevel: "warn" as const,
	deps: { alwaysBundle: ["@holdfast/protocol"], neverBundle: ["ws"], onlyBundle: [] },
	dts: false,
});

export default defineConfig([
	{
		entry: ["src/{index,core,messages,persist,simple,real-environment}.ts", "src/ways/{websocket,sse,long-poll,short-poll}.ts"],
		tsconfig: "../../tsconfig.json",
		platform: "neutral",
		fixedExtension: false,
		// They are built at the same time: one that cleaned would take the others' files away.
		clean: false,
		logLevel: "warn",
		checks: { pluginTimings: false },
		// The protocol is no package of its own: what it says is part of what this one says, types too.
		deps: { alwaysBundle: ["@holdfast/protocol"], onlyBundle: [] },
		hash: false,
		dts: true,
	},
	served("holdfast", "src/index.ts"),
	served("holdfast-worker", "src/tabs/worker.ts"),
]);
