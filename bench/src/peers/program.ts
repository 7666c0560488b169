/** What peers have in common that are programs from elsewhere, or our own in other languages. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export { freePort, startProgram } from "../run/program.ts";

/** Debian's, whose packages the `python3` first in the PATH may not see. */
export const python = "/usr/bin/python3";

/** Where a file of `programs/` is, from `src` and from `dist` alike: what is not TypeScript is not built. */
export function programPath(name: string): string {
	return fileURLToPath(new URL(`../../src/peers/programs/${name}`, import.meta.url));
}

/** The version of a Debian package, or undefined where it is not installed. */
export function debianVersion(name: string): string | undefined {
	const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f", `\${db:Status-Status} \${Version}`, name], {
		encoding: "utf8",
	});
	const [state, version] = (stdout ?? "").split(" ");
	return status === 0 && state === "installed" ? version : undefined;
}

/** How all programs of this folder are published to. */
export function publishRequest(channel: string, text: string, port: number): string {
	return post(`/publish?channel=${channel}`, text, port);
}

/** A POST of ASCII. */
export function post(target: string, body: string, port: number, type = "text/plain"): string {
	const head = `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}`;
	return `${head}\r\n\r\n${body}`;
}
