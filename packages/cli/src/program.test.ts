import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { run } from "./program.ts";
import { testIo } from "./testing.ts";

async function holdfast(...arguments_: string[]) {
	const io = testIo();
	const code = await run(arguments_, io);
	return { code, out: io.out.text, err: io.err.text };
}

test("--help and --version print to standard output and end with 0", async () => {
	for (const arguments_ of [["--help"], ["--version"], ["serve", "--help"], ["tail", "--help"], ["help", "publish"]]) {
		const { code, out, err } = await holdfast(...arguments_);
		expect([code, err]).toEqual([0, ""]);
		expect(out).not.toBe("");
	}
	expect((await holdfast("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("help tells every exit code, and examples for each command", async () => {
	const { out } = await holdfast("--help");
	for (const { code, sentence } of Object.values(exitCodes)) expect(out).toContain(`${code}  ${sentence}`);
	for (const command of ["serve", "publish", "tail", "inspect"])
		expect((await holdfast(command, "--help")).out).toContain("Examples:");
});

test("help of serve shows each limit with its default and bounds", async () => {
	const { out } = await holdfast("serve", "--help");
	expect(out.replace(/\s+/g, " ")).toContain(
		"--ping-interval <time> Time between two pings of the server to a WebSocket. (default: 25s; 1s to 10m)",
	);
});

test.each([
	[["servee"], "unknown command 'servee'\n(Did you mean serve?)"],
	[["serve", "--prot", "1"], "unknown option '--prot'\n(Did you mean --port?)"],
	[["serve", "--port", "x"], "--port takes a port from 0 to 65535"],
	[["serve", "--memory", "--data", "x"], "exclude each other"],
	[["serve", "extra"], "too many arguments"],
	[["publish"], "missing required argument 'channel'"],
	[["publish", "a/b", "x"], "A channel is named with"],
	[["publish", "chat", "x", "--event", "$live"], "not beginning with $"],
	[["tail"], "missing required argument 'channel'"],
	[["tail", "chat", "--transport", "carrier-pigeon"], "Allowed choices are auto, poll, long-poll, sse, websocket"],
	[["tail", "chat", "--last", "0"], "a whole number from 1 to 1000"],
	[["tail", "chat", "--last", "1", "--after", "first"], "cannot be used with option"],
	[["tail", "chat", "--after", "a b"], "It takes first, now, or a cursor"],
	[["tail", "chat", "--after", "ab"], "It takes first, now, or a cursor"],
	[["tail", "chat", "news", "--after", "ab-1"], "a cursor is a place in one channel"],
	[["tail", "chat", "--url", "ftp://x"], "is not the URL of a server"],
	[["tail", "chat", "--url", "http://ann:secret@x"], "give credentials as HOLDFAST_TOKEN"],
	[["tail", ...Array.from({ length: 129 }, (_, i) => `c${i}`)], "at most 128 channels"],
])("%j is refused with 2, in words and on standard error", async (arguments_, words) => {
	const { code, out, err } = await holdfast(...arguments_);
	expect([code, out]).toEqual([2, ""]);
	expect(err).toContain(words);
	expect(err).toMatch(/^holdfast: /);
	expect(err).not.toContain("    at ");
});

test("docs/cli.md tells every exit code, every command and every option of the readers", async () => {
	const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
	for (const { code, sentence } of Object.values(exitCodes)) expect(page).toContain(`| ${code} | ${sentence} |`);
	for (const command of ["publish", "tail", "inspect"]) {
		const { out } = await holdfast(command, "--help");
		expect(page).toContain(`## \`holdfast ${command}\``);
		const flags = [...out.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag ?? "");
		expect(flags.length).toBeGreaterThan(0);
		for (const flag of flags) expect(page).toContain(flag);
	}
});
