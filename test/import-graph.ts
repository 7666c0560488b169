/** Who imports whom, types too, and whether that goes the one way that ARCHITECTURE.md draws. */
import { dirname, join } from "node:path/posix";
import ts from "typescript";

/** Source text by its path from the root. */
export type Sources = ReadonlyMap<string, string>;

interface Import {
	readonly from: string;
	/** As it is written. */
	readonly name: string;
	/** A path from the root, or the name of a package. */
	readonly to: string;
}

interface Room {
	readonly files: RegExp;
	/** The rooms that it may import, besides itself. */
	readonly rooms: readonly RoomName[];
	/** The packages that it may import. */
	readonly packages: RegExp;
}

const none = /^$/;
const node = /^node:/;

/** The first whose pattern fits is a file's room. */
const roomNames = [
	"protocol",
	"leaves",
	"log",
	"transport",
	"hub",
	"identity",
	"schemas",
	"webhooks",
	"http",
	"index",
	"server",
	"use",
	"testing",
	"client",
	"cli",
	"look",
	"console",
	"kit",
	"example",
] as const;
export type RoomName = (typeof roomNames)[number];

const src = "^packages/server/src";

/** The arrow: `protocol ← client ← cli`; in the server `log, transport ← hub, identity ← http ← server.ts ← index.ts ← use, testing`. */
export const rooms: Readonly<Record<RoomName, Room>> = {
	protocol: { files: /^packages\/protocol\/src\//, rooms: [], packages: none },
	leaves: { files: new RegExp(`${src}/(clock|options|diagnostics)\\.ts$`), rooms: ["protocol"], packages: node },
	log: { files: new RegExp(`${src}/log/`), rooms: ["protocol", "leaves"], packages: /^(node:.*|lmdb|ioredis)$/ },
	transport: { files: new RegExp(`${src}/transport/`), rooms: ["protocol", "leaves"], packages: /^(node:.*|ws)$/ },
	hub: { files: new RegExp(`${src}/hub/`), rooms: ["protocol", "leaves", "log", "transport"], packages: none },
	identity: { files: new RegExp(`${src}/identity/`), rooms: ["protocol", "leaves", "log"], packages: /^(node:.*|jose)$/ },
	schemas: {
		files: new RegExp(`${src}/schemas/`),
		rooms: ["protocol", "leaves", "log", "identity"],
		packages: /^(node:.*|ajv\/dist\/2020\.js)$/,
	},
	webhooks: { files: new RegExp(`${src}/webhooks/`), rooms: ["protocol", "leaves", "log", "identity"], packages: node },
	http: {
		files: new RegExp(`${src}/http/`),
		rooms: ["protocol", "leaves", "log", "transport", "hub", "identity", "schemas"],
		packages: /^(node:.*|ws)$/,
	},
	server: {
		// What stands beside `server.ts` is part of it.
		files: new RegExp(`${src}/[^/]+\\.ts$`),
		rooms: ["protocol", "leaves", "log", "transport", "hub", "identity", "schemas", "webhooks", "http"],
		packages: node,
	},
	index: {
		files: new RegExp(`${src}/index\\.ts$`),
		rooms: ["protocol", "leaves", "log", "transport", "hub", "identity", "schemas", "webhooks", "http", "server"],
		packages: none,
	},
	use: { files: new RegExp(`${src}/use/`), rooms: ["index"], packages: /^(node:.*|express|fastify)$/ },
	testing: {
		files: new RegExp(`${src}/testing/`),
		rooms: ["protocol", "leaves", "log", "transport", "hub", "identity", "schemas", "webhooks", "http", "server", "index"],
		packages: /^(node:.*|ws|vitest|fast-check)$/,
	},
	client: { files: /^packages\/client\/src\//, rooms: ["protocol"], packages: /^ws$/ },
	cli: {
		files: /^packages\/cli\/src\//,
		rooms: ["protocol", "client", "index"],
		// The module that `--app` names is known when it runs.
		packages: /^(node:.*|commander|jose|pino|prom-client|ws|a computed name)$/,
	},
	look: { files: /^apps\/look\//, rooms: [], packages: none },
	console: { files: /^apps\/console\/src\//, rooms: ["look"], packages: none },
	kit: {
		files: /^examples\/kit\//,
		rooms: ["look", "client", "index", "use"],
		packages: /^(node:.*|fastify|@fastify\/[a-z]+)$/,
	},
	/** What is made as a user would make it, the gallery of them too. */
	example: {
		files: /^(examples\/(?!kit\/)|apps\/(gallery|lab)\/)/,
		rooms: ["client", "index", "use", "kit"],
		packages: /^(node:.*|@opentelemetry\/api|fastify|uplot|uqr|ws|@holdfast\/(example-[a-z-]+|lab))$/,
	},
};

/** What the names of our own packages stand for. */
const ours = new Map([
	["@holdfast/protocol", "packages/protocol/src/index.ts"],
	["@holdfast/client", "packages/client/src/index.ts"],
	...["core", "messages", "simple"].map((name) => [`@holdfast/client/${name}`, `packages/client/src/${name}.ts`] as const),
	...["websocket", "sse", "long-poll", "short-poll"].map(
		(name) => [`@holdfast/client/${name}`, `packages/client/src/ways/${name}.ts`] as const,
	),
	["@holdfast/server", "packages/server/src/index.ts"],
	["@holdfast/server/fastify", "packages/server/src/use/fastify.ts"],
	["@holdfast/kit/server", "examples/kit/server/index.ts"],
	["@holdfast/kit/page", "examples/kit/page/index.ts"],
	["@holdfast/server/testing", "packages/server/src/testing/index.ts"],
]);

export function importsOf(sources: Sources): Import[] {
	return [...sources].flatMap(([from, text]) =>
		importedNames(text).map((name) => ({
			from,
			name,
			to: ours.get(name) ?? (name.startsWith(".") ? join(dirname(from), name) : name),
		})),
	);
}

/** `import` and `export` with `from`, `import()`, and `import()` as a type. */
function importedNames(text: string): string[] {
	const names: string[] = [];
	const visit = (node: ts.Node): void => {
		if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) add(node.moduleSpecifier);
		if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument);
		if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
		ts.forEachChild(node, visit);
	};
	// A name that is computed cannot be followed, so it stands in the list as what it is and fits no rule.
	const add = (node: ts.Node | undefined): void => {
		names.push(node !== undefined && ts.isStringLiteralLike(node) ? node.text : "a computed name");
	};
	visit(ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest));
	return names;
}

/** A sentence for each import that goes against the arrow. */
export function wrongWays(sources: Sources): string[] {
	const homeless = [...sources.keys()].filter((path) => roomOf(path) === undefined).map((path) => `${path} stands in no room`);
	const wrong = importsOf(sources).filter((one) => !mayImport(one));
	return [...homeless, ...wrong.map(({ from, to }) => `${from} must not import ${to}`)];
}

/** Each ring of imports once, as `a → b → a`. */
export function cycles(sources: Sources): string[] {
	const imports = importsOf(sources);
	const done = new Set<string>();
	const found: string[] = [];
	const visit = (path: string, way: readonly string[]): void => {
		if (way.includes(path)) {
			found.push([...way.slice(way.indexOf(path)), path].join(" → "));
			return;
		}
		if (done.has(path)) return;
		for (const { from, to } of imports) if (from === path) visit(to, [...way, path]);
		done.add(path);
	};
	for (const path of sources.keys()) visit(path, []);
	return found;
}

function mayImport({ from, name, to }: Import): boolean {
	const here = roomOf(from);
	if (here === undefined) return true;
	const there = roomOf(to);
	if (there === undefined) return rooms[here].packages.test(to);
	// The look is no package, and has no other name than its path.
	if (packageOf(from) !== packageOf(to) && name.startsWith(".") && there !== "look") return false;
	return there === here || rooms[here].rooms.includes(there);
}

function roomOf(path: string): RoomName | undefined {
	return roomNames.find((name) => rooms[name].files.test(path));
}

function packageOf(path: string): string {
	return path.split("/", 2).join("/");
}
