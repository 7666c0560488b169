/** The built command as a process, for tests that use it as people and scripts do. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, expect } from "vitest";

export const bin = resolve("packages/cli/bin/holdfast.js");
/** Where the commands run. */
export const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
export const transports = ["poll", "long-poll", "sse", "websocket", "auto"] as const;

export interface Running {
	readonly child: ChildProcessWithoutNullStreams;
	readonly out: () => string;
	readonly err: () => string;
	/** The exit code, or the signal that ended it. */
	readonly ended: Promise<number | NodeJS.Signals | null>;
}

const running = new Set<Running>();

afterEach(async () => {
	for (const { child, ended } of running) {
		child.kill("SIGKILL");
		await ended;
	}
	running.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function holdfast(arguments_: readonly string[], env: Record<string, string> = {}): Running {
	const child = spawn(process.execPath, [bin, ...arguments_], {
		cwd: folder,
		env: { PATH: process.env["PATH"] ?? "", TZ: "UTC", ...env },
	});
	let out = "";
	let err = "";
	child.stdout.setEncoding("utf8").on("data", (text) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text) => {
		err += text;
	});
	child.stdin.on("error", () => undefined);
	const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
	const started = { child, out: () => out, err: () => err, ended };
	running.add(started);
	return started;
}

/** Runs to the end, with `input` as standard input. */
export async function holdfastDone(arguments_: readonly string[], env: Record<string, string> = {}, input = "") {
	const { child, out, err, ended } = holdfast(arguments_, env);
	child.stdin.end(input);
	return { code: await ended, out: out(), err: err() };
}

/** A server that listens, with its URL. */
export async function serve(
	...arguments_: readonly string[]
): Promise<Running & { readonly url: string; readonly port: string }> {
	const server = holdfast(["serve", "--host", "127.0.0.1", "--port", "0", ...arguments_]);
	await expect.poll(() => server.out() + server.err(), { timeout: 10_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+\n/);
	const url = /http:\/\/\S+/.exec(server.out())?.[0] ?? "";
	return { ...server, url, port: new URL(url).port };
}

/** The data of each message that `tail --json` printed. */
export const dataOf = (text: string) =>
	text
		.split("\n")
		.filter(Boolean)
		.map((line) => (JSON.parse(line) as { data: unknown }).data);

/** What the server tells about a channel. */
export async function describeChannel(
	url: string,
	channel: string,
): Promise<{ messages: number; readers: Record<string, number> }> {
	const response = await fetch(`${url}/v1/channels/${channel}`);
	return (await response.json()) as { messages: number; readers: Record<string, number> };
}
