/**
 * Three nodes with the chat, the Redis that they share, and an nginx in front, all on this machine. Whoever dies is started again, so
 * that one can kill them and watch; whatever was started ends with this.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildIfNeeded, installIfNeeded, root } from "../../scripts/ready.mjs";
import { find, freePorts, isTaken, Member, say } from "./member.mjs";

const folder = mkdtempSync(join(tmpdir(), "holdfast-cluster-"));
const members = [];
let stopping;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop());

try {
	const { values } = parseArgs({ options: { port: { type: "string", default: "8080" } } });
	await start(Number(values.port));
} catch (error) {
	// What was ended while it began is no failure.
	if (stopping === undefined) {
		say("cluster", error.message);
		process.exitCode = 1;
	}
	await stop();
}

async function start(port) {
	if (!Number.isInteger(port) || port < 1 || port > 65_535)
		throw new Error("--port takes the number of a port, from 1 to 65535.");
	const [redisServer, nginx] = find("redis-server", "nginx");
	if (await isTaken(port))
		throw new Error(`Port ${port} is in use; choose another one: npm start -w examples/cluster -- --port 9000`);
	installIfNeeded();
	buildIfNeeded();

	const [redisPort, ...nodePorts] = await freePorts(4);
	if (stopping !== undefined) return;
	// With "always", what was acknowledged is there after a crash, and the nodes know it: they need not tell their readers of a gap.
	const keeps = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"];
	const redis = member("redis", redisPort, redisServer, [
		...["--port", redisPort, "--bind", "127.0.0.1", "--dir", folder, "--loglevel", "warning", ...keeps],
	]);
	const nodes = nodePorts.map((nodePort, i) =>
		member(`node-${i + 1}`, nodePort, process.execPath, [
			...[join(root, "packages/cli/bin/holdfast.js"), "serve", "--host", "127.0.0.1", "--port", nodePort, "--drain-time", "5s"],
			...["--redis", `redis://127.0.0.1:${redisPort}`, "--app", join(root, "examples/chat/dist/server.js")],
		]),
	);
	const config = nginxConfig(port, nodePorts);
	const front = member("nginx", port, nginx, ["-p", folder, "-e", "stderr", "-c", config, "-g", "daemon off; pid pid;"]);

	await redis.start();
	await Promise.all(nodes.map((node) => node.start()));
	await front.start();
	say("cluster", `open http://127.0.0.1:${port}/ in two browsers, and end a node: kill -9 ${nodes[0].pid}`);
}

function member(name, port, command, args) {
	const made = new Member(name, port, command, args);
	members.push(made);
	return made;
}

/** The file as it stands, but for addresses, and that all it writes lies in the folder. */
function nginxConfig(port, nodePorts) {
	let text = readFileSync(fileURLToPath(new URL("nginx.conf", import.meta.url)), "utf8");
	const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${folder}/${what};`);
	const which = "add_header X-Node $upstream_addr always;";
	text = text.replace("http {", `http {\naccess_log off;\n${which}\n${temporary.join("\n")}`);
	text = text.replace("listen 8080", `listen 127.0.0.1:${port}`);
	for (const [i, nodePort] of nodePorts.entries()) text = text.replace(`node-${i + 1}:8080`, `127.0.0.1:${nodePort}`);
	const path = join(folder, "nginx.conf");
	writeFileSync(path, text);
	// Where root starts it, its workers are somebody else.
	chmodSync(folder, 0o755);
	return path;
}

/** Those that need the others first. */
function stop() {
	stopping ??= (async () => {
		const [redis, ...others] = members;
		const front = others.pop();
		if (others.length > 0) say("cluster", "ending the nodes, which send their readers away");
		await Promise.all(others.map((node) => node.stop()));
		await front?.stop();
		await redis?.stop();
		rmSync(folder, { recursive: true, force: true });
	})();
	return stopping;
}
