/** Dockerfile and compose.yaml, which cannot be tried without Docker, name what there is. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const [dockerfile, ignored, compose, nginx, options] = [
	"Dockerfile",
	".dockerignore",
	"compose.yaml",
	"examples/cluster/nginx.conf",
	"docs/options.md",
].map((path) => readFileSync(path, "utf8"));

const all = (text: string | undefined, pattern: RegExp) => [...(text ?? "").matchAll(pattern)].map(([, found = ""]) => found);

test("the Dockerfile builds, installs and starts what is there, and copies what the stage before has made", () => {
	const built = all(dockerfile, /-w (\S+)/g);
	expect(new Set(built)).toEqual(new Set(["packages/client", "packages/server", "packages/cli"]));
	expect(built.filter((path) => !existsSync(path))).toEqual([]);
	const copied = all(dockerfile, /^COPY --from=build \/app\/(\S+) /gm);
	expect(copied).toEqual(["node_modules", "packages"]);
	const started = all(dockerfile, /^ENTRYPOINT \["node", "\/app\/(\S+)"\]$/gm);
	expect(started).toEqual(["packages/cli/bin/holdfast.js"]);
	expect(started.filter((path) => !existsSync(path))).toEqual([]);
	const variables = all(dockerfile, /\b(HOLDFAST_\w+)/g);
	expect(variables.filter((name) => !options?.includes(`\`${name}\``))).toEqual([]);
});

test("docs/several-nodes.md shows the nodes as nginx.conf has them", () => {
	const lines = (text = "") => text.split("\n").map((line) => line.trim());
	const [shown = ""] = all(readFileSync("docs/several-nodes.md", "utf8"), /```nginx\n(upstream[\s\S]*?)```/g);
	const [had = ""] = all(nginx, /(upstream holdfast \{[\s\S]*?\t\}\n)/g);
	expect(lines(shown)).toEqual(lines(had).filter((line) => !line.startsWith("#")));
});

test("what is left out of the image is no part of a build", () => {
	const left = all(ignored, /^([^#*\n]+)$/gm);
	expect(left).toEqual([".git", "docs", "shots", "test"]);
	const scripts = JSON.parse(readFileSync("package.json", "utf8")).scripts.build;
	for (const folder of left) expect(scripts).not.toContain(folder);
});

test("compose.yaml starts the nodes that its nginx names, on a Redis that a node takes, with settings that there are", () => {
	const nodes = all(compose, /^ {2}(node-\d): \*node$/gm);
	expect(nodes).toHaveLength(3);
	expect(all(nginx, /server (\S+):8080/g)).toEqual(nodes);
	expect(all(compose, /\b(examples\/\S+?):/g)).toEqual(["examples/cluster/nginx.conf"]);
	const [command] = all(compose, /command: \[serve, (.*)\]/g);
	const flags = all(command, /(--[a-z-]+)/g);
	expect(flags).toContain("--redis");
	expect(flags.filter((flag) => !options?.includes(`\`${flag}\``))).toEqual([]);
	expect(compose).toContain("--maxmemory-policy, noeviction");
});
