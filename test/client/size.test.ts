/** What the client costs a page: as the real bundler minifies it, and gzipped. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "tsdown";
import { expect, test } from "vitest";

const source = (path: string) => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

/** Bytes of a page's module that holds `code` and what it uses. */
async function sizeOf(code: string): Promise<number> {
	const [bundle] = await build({
		config: false,
		entry: { page: "virtual:page" },
		platform: "browser",
		minify: true,
		dts: false,
		write: false,
		logLevel: "silent",
		tsconfig: source("../tsconfig.json"),
		deps: { neverBundle: ["ws"], alwaysBundle: [/./] },
		plugins: [
			{
				name: "page",
				resolveId: (id: string) => (id === "virtual:page" ? id : null),
				load: (id: string) => (id === "virtual:page" ? code : null),
			},
		],
	});
	const text = bundle?.chunks.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("") ?? "";
	expect(text).toContain("/v1/");
	return gzipSync(text, { level: 9 }).length;
}

const from = (path: string) => JSON.stringify(source(`client/src/${path}.ts`));

test("everything takes at most 9 kB", async () => {
	expect(await sizeOf(`export * from ${from("index")}`)).toBeLessThanOrEqual(9000);
});

test.each([
	["websocket", "websocket"],
	["sse", "sse"],
	["longPoll", "long-poll"],
	["shortPoll", "short-poll"],
])("with %s alone it takes at most 5 kB", async (name, path) => {
	const size = await sizeOf(`export { connect } from ${from("core")}; export { ${name} } from ${from(`ways/${path}`)}`);
	expect(size).toBeLessThanOrEqual(5000);
});
