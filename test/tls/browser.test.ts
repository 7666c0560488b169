/** A real browser: over HTTP/1.1 six event streams fill its connections to a site, over HTTP/2 twenty share one. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openSession, tell } from "../support/http2.ts";
import { makeCertificate } from "../support/proxies.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";

const folder = temporaryFolder();
let server: RunningServer;

beforeAll(async () => {
	makeCertificate(folder.path);
	const tls = ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${folder.path}/key.pem`];
	server = await startServer({ args: ["--memory", ...tls] });
});

afterAll(async () => {
	await server.kill();
	folder.remove();
});

/** How many connections of TCP the server has, as the system knows them. */
function connectionsNow(): number {
	const inodes = new Set(
		readdirSync(`/proc/${server.pid}/fd`).flatMap((fd) => {
			try {
				return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${server.pid}/fd/${fd}`))?.[1] ?? [];
			} catch {
				// Closed since.
				return [];
			}
		}),
	);
	const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
	return lines
		.map((line) => line.trim().split(/\s+/))
		.filter(([, , , state, , , , , , inode]) => state === "01" && inodes.has(inode ?? "")).length;
}

test("twenty EventSources of one page share one connection, and each gets every message", async () => {
	const browser = await launchChromium();
	try {
		const context = await browser.newContext({ ignoreHTTPSErrors: true });
		const page = await context.newPage();
		await page.goto(`${server.url}/livez`);
		await page.evaluate(async () => {
			const told: string[][] = [];
			Object.assign(globalThis, { told });
			const opened = Array.from({ length: 20 }, (_, i) => {
				const events = new EventSource(`/v1/channels/twenty/messages?reader=${i}`);
				const mine: string[] = [];
				told.push(mine);
				events.onmessage = ({ data }) => mine.push(JSON.parse(data).data);
				return new Promise((resolve) => events.addEventListener("$live", resolve));
			});
			await Promise.all(opened);
		});
		expect(connectionsNow()).toBe(1);
		const sent = Array.from({ length: 10 }, (_, i) => `m${i}`);
		const session = await openSession(server.url);
		for (const text of sent) await tell(session, "/v1/channels/twenty/messages", {}, JSON.stringify(text));
		const told = () => page.evaluate(() => (globalThis as unknown as { told: string[][] }).told);
		await expect.poll(told).toEqual(Array(20).fill(sent));
		// And an ordinary request finds its way beside them.
		expect(await page.evaluate(async () => (await fetch("/readyz")).status)).toBe(200);
		const { json } = await tell(session, "/v1/channels/twenty");
		expect(json.readers.sse).toBe(20);
		session.destroy();
		await expect.poll(connectionsNow).toBe(1);
		// The WebSocket of the same page is a connection of its own, on the same port.
		const echoed = await page.evaluate(async (url) => {
			const socket = new WebSocket(url);
			await new Promise((resolve) => socket.addEventListener("open", resolve));
			socket.send('"over wss"');
			return new Promise((resolve) => {
				socket.onmessage = ({ data }) => data.includes("over wss") && resolve(JSON.parse(data).data);
			});
		}, `wss://127.0.0.1:${server.port}/v1/channels/echo/messages`);
		expect(echoed).toBe("over wss");
		expect(connectionsNow()).toBe(2);
	} finally {
		await browser.close();
	}
});
