import { defineConfig } from "tsdown";

export default defineConfig({
	// What is measured runs as plain JavaScript, without a loader beside it. Every file that is a process of its own is an entry.
	logLevel: "warn",
	entry: ["src/*.ts", "src/peers/programs/*.ts", "src/load/generator.ts", "src/run/collect.ts"],
	tsconfig: "../tsconfig.json",
	fixedExtension: false,
	unbundle: true,
	hash: false,
	dts: false,
});
