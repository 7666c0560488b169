/** What `npm start` and `npm test` need before they can begin on a fresh clone: the packages installed, the build made. */
import { execSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** What is built from `server.ts` and a page: each example, and the apps that are made like one. */
export function pageFolders() {
	const folders = ["examples", "apps"].flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`));
	return folders.filter((folder) => existsSync(join(root, folder, "server.ts")));
}

const manifests = [
	"package-lock.json",
	"package.json",
	...["client", "server", "cli"].map((name) => `packages/${name}/package.json`),
	...pageFolders().map((folder) => `${folder}/package.json`),
];
const installed = "node_modules/.package-lock.json";

const sources = [
	"packages/protocol/src",
	"packages/client/src",
	"packages/server/src",
	"packages/cli/src",
	"apps/console/src",
	"apps/look",
	"examples/kit",
];
const settings = [
	"tsconfig.json",
	"apps/console/tsconfig.json",
	"packages/client/tsdown.config.ts",
	"packages/server/tsdown.config.ts",
	"packages/cli/tsdown.config.ts",
	"scripts/build-pages.mjs",
];
const built = [
	"packages/client/dist/index.js",
	"packages/client/dist/index.d.ts",
	"packages/client/dist/holdfast.js",
	"packages/client/dist/holdfast-worker.js",
	"packages/server/dist/index.js",
	"packages/server/dist/index.d.ts",
	"packages/cli/dist/main.js",
	"packages/cli/dist/console/index.html",
	"packages/cli/dist/console/console.js",
	...pageFolders().flatMap((folder) => [`${folder}/dist/server.js`, `${folder}/dist/page/index.html`]),
];

export function installIfNeeded() {
	if (changed("package-lock.json") > changed(installed)) run("npm ci");
}

export function buildIfNeeded() {
	const newest = Math.max(
		...[...manifests, installed, ...settings, ...sources.flatMap(within), ...pageFolders().flatMap(inside)].map(changed),
	);
	if (newest > Math.min(...built.map(changed))) run("npm run build");
}

function run(command) {
	console.log(`> ${command}`);
	execSync(command, { cwd: root, stdio: "inherit" });
}

/** When it was last changed; what is not there is older than everything. */
function changed(path) {
	return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Folders as well as files: a deleted file changes only its folder. */
function within(folder) {
	return [folder, ...inside(folder)];
}

/** Without the folder itself, which changes when what is built is put into it. */
function inside(folder) {
	const made = /\.test\.ts$|^(node_modules|dist|data)\b/;
	const names = readdirSync(join(root, folder), { recursive: true });
	return names.filter((name) => !made.test(name)).map((name) => join(folder, name));
}
