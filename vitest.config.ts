import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

export default defineConfig({
	resolve: {
		// Tests run on the sources, so that a stale build cannot pass for a fresh one.
		alias: [
			{ find: /^@holdfast\/protocol$/, replacement: source("protocol/src/index.ts") },
			{ find: /^@holdfast\/client$/, replacement: source("client/src/index.ts") },
			{ find: /^@holdfast\/client\/(core|messages|persist|real-environment|simple)$/, replacement: source("client/src/$1.ts") },
			{ find: /^@holdfast\/client\/(websocket|sse|long-poll|short-poll)$/, replacement: source("client/src/ways/$1.ts") },
			{ find: /^@holdfast\/server$/, replacement: source("server/src/index.ts") },
			{ find: /^@holdfast\/server\/fastify$/, replacement: source("server/src/use/fastify.ts") },
			{ find: /^@holdfast\/server\/testing$/, replacement: source("server/src/testing/index.ts") },
		],
	},
	test: {
		reporters: ["default", "./scripts/count-reporter.ts"],
		// On two cores: tests wait for sockets and deadlines about as much as they work, and many more workers would starve them.
		maxWorkers: 3,
		// A file that is made from tables and is not there is a failure, and not written in silence.
		update: "none",
		projects: [
			{
				extends: true,
				test: {
					name: "unit",
					include: [
						"packages/*/src/**/*.test.ts",
						"apps/*/src/**/*.test.ts",
						"examples/kit/**/*.test.ts",
						"scripts/**/*.test.ts",
						"bench/src/**/*.test.ts",
					],
					testTimeout: 10_000,
					hookTimeout: 10_000,
					sequence: { groupOrder: 0 },
				},
			},
			{
				extends: true,
				test: {
					name: "black-box",
					include: ["test/**/*.test.ts"],
					exclude: ["test/examples/**", "test/faults/**", "test/load/**"],
					testTimeout: 60_000,
					hookTimeout: 60_000,
					// After the others: these start servers and browsers of their own.
					sequence: { groupOrder: 1 },
				},
			},
			{
				extends: true,
				test: {
					name: "examples",
					include: ["test/examples/**/*.test.ts"],
					// A page whose server was away may take 30 s to come back, and some tests send theirs away twice.
					testTimeout: 120_000,
					hookTimeout: 60_000,
					// After what holds deadlines of its own, in the same row of workers.
					sequence: { groupOrder: 1 },
				},
			},
			{
				extends: true,
				test: {
					name: "faults",
					include: ["test/faults/**/*.test.ts", "test/load/**/*.test.ts"],
					// With them `npm test` would take over 15 minutes on two cores: `npm run test:faults` and `test:load` are commands of their own.
					exclude: [
						...(process.env["FAULTS"] === undefined ? ["test/faults/faults.test.ts"] : []),
						...(process.env["LOAD"] === undefined ? ["test/load/**"] : []),
					],
					testTimeout: 60_000,
					hookTimeout: 60_000,
					// Alone: three nodes, Redis, nginx and all readers take both cores.
					sequence: { groupOrder: 2 },
					maxWorkers: 1,
				},
			},
			{
				extends: true,
				// The very same specification once more, with the client as the ways to read. What stages a race inside the server,
				// or counts its connections, is not about who reads.
				resolve: {
					alias: [
						{
							find: /^@holdfast\/server\/testing$/,
							replacement: fileURLToPath(new URL("test/client/testing.ts", import.meta.url)),
						},
					],
				},
				test: {
					name: "delivery-through-client",
					include: ["test/delivery/{delivery,gaps,together}.test.ts"],
					testTimeout: 60_000,
					hookTimeout: 60_000,
					sequence: { groupOrder: 1 },
				},
			},
		],
	},
});
