/**
 * `npm start`: a server with a durable data folder and the gallery of examples, from a fresh clone too; in the folder of an
 * example that example alone. Arguments go to `holdfast serve`.
 */
import { relative } from "node:path";
import { buildIfNeeded, installIfNeeded, pageFolders, root } from "./ready.mjs";

try {
	installIfNeeded();
	buildIfNeeded();
} catch (error) {
	console.error(`npm start: ${error.message}`);
	process.exit(1);
}

const here = relative(root, process.cwd()).replaceAll("\\", "/");
const app = pageFolders().includes(here) ? "./dist/server.js" : "./apps/gallery/dist/server.js";
const given = process.argv.slice(2);
const store = given.some((argument) => /^--(memory|data|redis)(=|$)/.test(argument)) ? [] : ["--data", "./data"];
process.argv.splice(2, given.length, "serve", "--app", app, ...store, ...given);

// In this very process, which `npm start` puts in the place of its shell: signals reach the server itself, and its exit code
// is ours.
await import("../packages/cli/bin/holdfast.js");
