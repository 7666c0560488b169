/** What `npm start -w examples/cluster` starts: the chat on three nodes, whoever of them is killed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { freePort } from "../support/redis.ts";
import { temporaryFolder } from "../support/server.ts";
import { eventually, type Visitor, visit } from "./gallery.ts";

const nodes = ["node-1", "node-2", "node-3"] as const;

interface Member {
	readonly pid: number;
	readonly port: number;
}

let cluster: ChildProcess;
let browser: Browser;
let url: string;
const lines: string[] = [];
const folder = temporaryFolder();

beforeAll(async () => {
	const port = await freePort();
	url = `http://127.0.0.1:${port}`;
	cluster = spawn("npm", ["start", "-w", "examples/cluster", "--", "--port", String(port)], {
		env: { ...process.env, TMPDIR: folder.path },
		stdio: ["ignore", "pipe", "pipe"],
	});
	for (const output of [cluster.stdout, cluster.stderr])
		if (output) createInterface(output).on("line", (line) => lines.push(line));
	[browser] = await Promise.all([
		launchChromium(),
		vi.waitFor(() => expect(lines.join("\n")).toMatch(/open http/), { timeout: 30_000 }),
	]);
});

afterAll(async () => {
	await browser?.close();
	if (cluster.exitCode === null) {
		cluster.kill("SIGTERM");
		await once(cluster, "exit");
	}
	folder.remove();
});

/** As it was last said. */
function member(name: string): Member {
	const told = lines
		.map((line) => /\| (\S+) is process (\d+) at 127\.0\.0\.1:(\d+)$/.exec(line))
		.findLast((it) => it?.[1] === name);
	return { pid: Number(told?.[2]), port: Number(told?.[3]) };
}

const isThere = (pid: number) => existsSync(`/proc/${pid}`);

async function chatter(name: string): Promise<Visitor> {
	const visitor = await visit(browser, `${url}/chat/`);
	await visitor.page.getByLabel("Name").fill(name);
	await visitor.page.getByLabel("Name").press("Enter");
	await visitor.page.locator("#me", { hasText: name }).waitFor();
	await visitor.live();
	return visitor;
}

async function say({ page }: Visitor, text: string): Promise<void> {
	await page.getByLabel("Message", { exact: true }).fill(text);
	await page.keyboard.press("Enter");
}

/** What has come back from the server. */
const heard = ({ page }: Visitor) => page.locator("#messages li p").allTextContents();

test("two talk through nginx while each node, and then Redis, is killed: nothing is lost or comes twice, and nobody is signed out", async () => {
	const [ann, bob] = [await chatter("Ann"), await chatter("Bob")];
	const cookie = (await ann.page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
	const all: string[] = [];
	for (const name of nodes) {
		const at = `http://127.0.0.1:${member(name).port}/chat`;
		expect(await (await fetch(`${at}/me`, { headers: { cookie } })).json()).toEqual({ name: "Ann", guest: false });
		const headers = { "Content-Type": "application/json", cookie };
		const body = JSON.stringify({ text: `at ${name}` });
		expect((await fetch(`${at}/v1/channels/chat.room.lobby/messages`, { method: "POST", headers, body })).status).toBe(201);
		all.push(`at ${name}`);
	}
	for (const reader of [ann, bob]) await eventually(() => heard(reader), all);

	for (const name of [...nodes, "redis"]) {
		const { pid } = member(name);
		process.kill(pid, "SIGKILL");
		for (const [who, text] of [
			[ann, `${name} is gone`],
			[bob, `${name} was killed`],
		] as const) {
			await say(who, text);
			all.push(text);
			for (const reader of [ann, bob]) await eventually(() => heard(reader), all);
		}
		await expect.poll(() => member(name).pid, { timeout: 10_000 }).not.toBe(pid);
		expect(lines).toContainEqual(expect.stringMatching(`${name} \\(process ${pid}\\) has ended: SIGKILL`));
	}
	await ann.page.reload();
	await eventually(() => heard(ann), all);
	expect(await ann.page.locator("#me").textContent()).toBe("Ann");
	expect([...ann.errors, ...bob.errors]).toEqual([]);
});

test("SIGTERM ends all that it started, and what it wrote is gone", async () => {
	const members = ["redis", ...nodes, "nginx"].map(member);
	expect(readdirSync(folder.path)).toHaveLength(1);
	expect(members.filter(({ pid }) => !isThere(pid))).toEqual([]);
	cluster.kill("SIGTERM");
	const [code] = await once(cluster, "exit");
	expect(code).toBe(0);
	expect(members.filter(({ pid }) => isThere(pid))).toEqual([]);
	expect(readdirSync(folder.path)).toEqual([]);
});

test.each([
	["a port that is in use", {}, process.env, /Port \d+ is in use; choose another one/],
	["a port that is none", { port: "http" }, process.env, /--port takes the number of a port/],
	[
		"a program that is not installed",
		{},
		{ PATH: "/nowhere" },
		/redis-server must be installed: apt-get install redis-server nginx/,
	],
])("%s is told in a line, and nothing is started", async (_, { port }: { port?: string }, env, why) => {
	const other = createServer().listen(0, "127.0.0.1");
	await once(other, "listening");
	const taken = (other.address() as AddressInfo).port;
	const { status, stdout } = spawnSync(process.execPath, ["cluster.mjs", "--port", port ?? String(taken)], {
		cwd: "examples/cluster",
		env: { ...env, TMPDIR: folder.path },
		encoding: "utf8",
	});
	expect([status, stdout]).toEqual([1, expect.stringMatching(why)]);
	expect(stdout.trim().split("\n")).toHaveLength(1);
	expect(readdirSync(folder.path)).toEqual([]);
	other.close();
});
