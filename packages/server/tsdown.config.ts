import { defineConfig } from "tsdown";

export default defineConfig({
	entry: ["src/index.ts", "src/use/fastify.ts", "src/testing/index.ts"],
	tsconfig: "../../tsconfig.json",
	fixedExtension: false,
	logLevel: "warn",
	checks: { pluginTimings: false },
	// The protocol is no package of its own: what it says is part of what this one says, types too.
	deps: { alwaysBundle: ["@holdfast/protocol"], onlyBundle: [] },
	hash: false,
	dts: true,
});
