import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cycles, importsOf, type Sources, wrongWays } from "./import-graph.ts";
import { sourceFiles } from "./sources.ts";

/** Everything that is shipped; tests may import what they like. */
const shipped: Sources = new Map(
	sourceFiles()
		.filter(
			(path) => /^((packages|apps)\/[a-z]+\/src|examples|apps\/(gallery|lab|look))\//.test(path) && !path.endsWith(".test.ts"),
		)
		.map((path) => [path, readFileSync(path, "utf8")]),
);

const server = "packages/server/src";

test("imports go one way", () => {
	expect(shipped.size).toBeGreaterThan(15);
	expect(importsOf(shipped).length).toBeGreaterThan(15);
	expect(wrongWays(shipped)).toEqual([]);
});

test("imports form no ring, types included", () => {
	expect(cycles(shipped)).toEqual([]);
});

describe("the check of the arrow", () => {
	const wrong = (from: string, text: string) => wrongWays(new Map([[from, text]]));

	test.each([
		["the protocol imports anything", "packages/protocol/src/a.ts", 'import { Buffer } from "node:buffer";'],
		["the protocol imports a type", "packages/protocol/src/a.ts", 'import type { Log } from "@holdfast/server";'],
		["the log knows a transport", `${server}/log/a.ts`, 'import { x } from "../transport/sse.ts";'],
		["a transport knows the log", `${server}/transport/a.ts`, 'import type { Log } from "../log/log.ts";'],
		["the log knows the hub", `${server}/log/disk/a.ts`, 'export * from "../../hub/feed.ts";'],
		["the hub knows a request", `${server}/hub/a.ts`, 'import type { IncomingMessage } from "node:http";'],
		["the hub knows HTTP", `${server}/hub/a.ts`, 'export type A = import("../http/routes.ts").A;'],
		["a route knows the server", `${server}/http/a.ts`, 'const server = await import("../server.ts");'],
		["a leaf knows a room", `${server}/clock.ts`, 'import { x } from "./log/log.ts";'],
		["the server knows its public index", `${server}/server.ts`, 'import { x } from "./index.ts";'],
		["a door knows what is inside", `${server}/use/express.ts`, 'import { x } from "../http/routes.ts";'],
		["the server knows its test tools", `${server}/server.ts`, 'import { x } from "./testing/index.ts";'],
		["the command reaches into the server by path", "packages/cli/src/a.ts", 'import { x } from "../../server/src/index.ts";'],
		[
			"the command reaches into the server by name",
			"packages/cli/src/a.ts",
			'import { x } from "@holdfast/server/src/log/log.ts";',
		],
		["the command uses the test tools", "packages/cli/src/a.ts", 'import { x } from "@holdfast/server/testing";'],
		["a package imports what it does not depend on", `${server}/http/a.ts`, 'import x from "express";'],
		["the client imports what a browser has not", "packages/client/src/a.ts", 'import { createHash } from "node:crypto";'],
		["the page imports a package", "apps/console/src/a.ts", 'import { x } from "@holdfast/protocol";'],
		["the page reaches into the kit", "apps/console/src/a.ts", 'import { x } from "../../../examples/kit/page/ask.ts";'],
		["the look knows a page", "apps/look/a.ts", 'import { x } from "../console/src/a.ts";'],
		["an example takes the look past the kit", "examples/chat/page.ts", 'import { x } from "../../apps/look/a.ts";'],
		["an example reaches into the client", "examples/chat/page.ts", 'import { x } from "@holdfast/client/src/feed.ts";'],
		["an example borrows from another", "examples/chat/server.ts", 'import { x } from "../cart/server.ts";'],
		["the kit knows an example", "examples/kit/server/app.ts", 'import { x } from "@holdfast/example-chat";'],
		["something shipped imports a script", "packages/cli/src/a.ts", 'import { x } from "../../../scripts/ready.mjs";'],
		["a file stands in no room", `${server}/helpers/text.ts`, ""],
	])("fails when %s", (_, from, text) => {
		expect(wrong(from, text)).toHaveLength(1);
	});

	test("lets through what goes with the arrow", () => {
		expect(
			wrong(`${server}/hub/a.ts`, 'import type { Log } from "../log/log.ts"; import { x } from "@holdfast/protocol";'),
		).toEqual([]);
		expect(wrong(`${server}/log/disk/a.ts`, 'import { open } from "lmdb"; import { x } from "../../options.ts";')).toEqual([]);
		expect(wrong("packages/cli/src/a.ts", 'import { x } from "@holdfast/server"; import { argv } from "node:process";')).toEqual(
			[],
		);
		expect(wrong("apps/console/src/view/a.ts", 'import { x } from "../../../look/a.ts";')).toEqual([]);
	});
});

describe("the search for rings", () => {
	test("finds a ring, through types and through any number of files", () => {
		const ring = new Map([
			[`${server}/log/a.ts`, 'import { b } from "./b.ts";'],
			[`${server}/log/b.ts`, 'import type { C } from "./disk/c.ts";'],
			[`${server}/log/disk/c.ts`, 'export type A = import("../a.ts").A;'],
		]);
		expect(cycles(ring)).toEqual([`${server}/log/a.ts → ${server}/log/b.ts → ${server}/log/disk/c.ts → ${server}/log/a.ts`]);
	});

	test("finds a file that imports itself, and a ring through a package's name", () => {
		expect(cycles(new Map([["apps/console/src/a.ts", 'import "./a.ts";']]))).toHaveLength(1);
		expect(
			cycles(
				new Map([
					["packages/protocol/src/index.ts", 'export * from "./a.ts";'],
					["packages/protocol/src/a.ts", 'import type { B } from "@holdfast/protocol";'],
				]),
			),
		).toHaveLength(1);
	});

	test("takes two ways to one file for no ring", () => {
		const diamond = new Map([
			[`${server}/log/a.ts`, 'import "./b.ts"; import "./c.ts";'],
			[`${server}/log/b.ts`, 'import "./d.ts";'],
			[`${server}/log/c.ts`, 'import "./d.ts";'],
			[`${server}/log/d.ts`, ""],
		]);
		expect(cycles(diamond)).toEqual([]);
	});
});
