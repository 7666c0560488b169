/** `npm start`: a server with a durable data folder, from a fresh clone too. Arguments go to `holdfast serve`. */
import { buildIfNeeded, installIfNeeded } from "./ready.mjs";

try {
	installIfNeeded();
	buildIfNeeded();
} catch (error) {
	console.error(`npm start: ${error.message}`);
	process.exit(1);
}

const given = process.argv.slice(2);
const store = given.some((argument) => /^--(memory|data)(=|$)/.test(argument)) ? [] : ["--data", "./data"];
process.argv.splice(2, given.length, "serve", ...store, ...given);

// In this very process, which `npm start` puts in the place of its shell: signals reach the server itself, and its exit code
// is ours.
await import("../packages/cli/bin/holdfast.js");
