/** Real proxies, as people have them, each a process of its own in front of a test's server. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "./server.ts";

export type ProxyName = "nginx" | "haproxy" | "caddy";

/** What a config is made from. */
export interface Place {
	/** Port of 127.0.0.1 to listen on. */
	readonly port: number;
	/** `<host>:<port>` of the server behind it. */
	readonly upstream: string;
	/** A folder of its own, where a certificate may be. */
	readonly folder: string;
}

export interface RunningProxy {
	readonly port: number;
	/** Has it read its config again, as its service does. */
	reload(): Promise<void>;
	/** Ends it, as its service does, and starts it again on the same port. */
	restart(): Promise<void>;
	stop(): Promise<void>;
}

interface Program {
	readonly args: (folder: string) => string[];
	/** Keeps all that it writes in the folder, and lets an ordinary user run it. */
	readonly confine: (config: string, folder: string) => string;
	readonly reload: (child: ChildProcess, folder: string) => void;
}

// Debian keeps servers where only root looks.
const env = { PATH: `${process.env["PATH"]}:/usr/sbin` };
const config = (folder: string) => join(folder, "config");
const admin = (folder: string) => `unix/${join(folder, "admin.sock")}`;

const programs: Readonly<Record<ProxyName, Program>> = {
	nginx: {
		args: (folder) => ["-p", folder, "-e", "stderr", "-c", config(folder), "-g", `daemon off; pid ${folder}/pid;`],
		confine(text, folder) {
			const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
				(what) => `${what}_temp_path ${folder}/${what};`,
			);
			return replaceIn(text, "http {", ["http {", "access_log off;", ...temporary].join("\n"));
		},
		reload: (child) => void child.kill("SIGHUP"),
	},
	haproxy: {
		args: (folder) => ["-W", "-f", config(folder)],
		confine: (text) => (process.getuid?.() === 0 ? text : text.replace(/^\s*(user|group) .*\n/gm, "")),
		reload: (child) => void child.kill("SIGUSR2"),
	},
	caddy: {
		args: (folder) => ["run", "--adapter", "caddyfile", "--config", config(folder)],
		confine(text, folder) {
			const ours = [`admin ${admin(folder)}`, "skip_install_trust", "auto_https disable_redirects", "default_bind 127.0.0.1"];
			const global = text.startsWith("{\n") ? text.slice(2) : `}\n${text}`;
			return `{\n${ours.join("\n")}\n${global}`;
		},
		reload(_, folder) {
			const given = ["reload", "--adapter", "caddyfile", "--config", config(folder), "--address", admin(folder), "--force"];
			execFileSync("caddy", given, { env: { ...env, HOME: folder }, stdio: "pipe" });
		},
	},
};

/** Starts a proxy on a free port in front of `upstream`; resolves when it takes connections. */
export async function startProxy(name: ProxyName, upstream: string, configure: (place: Place) => string): Promise<RunningProxy> {
	const { args, confine, reload } = programs[name];
	const { path: folder, remove } = temporaryFolder();
	const port = await freePort();
	// nginx and HAProxy leave their root's rights, and must still find their way.
	chmodSync(folder, 0o755);
	writeFileSync(config(folder), confine(configure({ port, upstream, folder }), folder));
	let errors = "";
	const start = async () => {
		const child = spawn(name, args(folder), { env: { ...env, HOME: folder }, stdio: ["ignore", "ignore", "pipe"] });
		child.stderr.on("data", (chunk) => {
			errors += chunk;
		});
		await once(child, "spawn");
		while (!(await isTaken(port))) {
			if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${errors}`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		return child;
	};
	const end = async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill("SIGTERM");
		await once(child, "exit");
	};
	let child = await start();
	return {
		port,
		async reload() {
			reload(child, folder);
		},
		async restart() {
			await end();
			child = await start();
		},
		async stop() {
			await end();
			remove();
		},
	};
}

/** @throws Error where there is nothing to replace: then the test would run something else than it says. */
export function replaceIn(text: string, from: string, to: string): string {
	if (!text.includes(from)) throw new Error(`There is no ${JSON.stringify(from)} in the config:\n${text}`);
	return text.replace(from, () => to);
}

/** A certificate for 127.0.0.1 that nobody trusts, in the folder: `cert.pem`, `key.pem`, and both in `both.pem`. */
export function makeCertificate(folder: string): void {
	const made = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem"), "-days", "2", "-nodes"];
	const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
	const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
	execFileSync("openssl", ["req", "-x509", ...kind, ...made, ...name], { stdio: "pipe" });
	const parts = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
	writeFileSync(join(folder, "both.pem"), parts.join(""));
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

/** Whether somebody takes connections there. */
function isTaken(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => resolve(true));
		socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
	});
}
