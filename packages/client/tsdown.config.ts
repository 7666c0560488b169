import { defineConfig } from "tsdown";

export default defineConfig({
	entry: ["src/{index,core,persist,simple}.ts", "src/ways/{websocket,sse,long-poll,short-poll}.ts"],
	tsconfig: "../../tsconfig.json",
	platform: "neutral",
	fixedExtension: false,
	logLevel: "warn",
	checks: { pluginTimings: false },
	// The protocol is no package of its own: what it says is part of what this one says, types too.
	deps: { alwaysBundle: ["@holdfast/protocol"], onlyBundle: [] },
	hash: false,
	dts: true,
});
