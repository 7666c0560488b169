/** What happens to those who are connected when the certificate changes, and when the server goes. */
import { copyFileSync } from "node:fs";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { follow, openSession, tell } from "../support/http2.ts";
import { makeCertificate } from "../support/proxies.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";

let folder: ReturnType<typeof temporaryFolder>;
let renewed: ReturnType<typeof temporaryFolder>;
let server: RunningServer;

const start = async (...args: string[]) => {
	const tls = ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${folder.path}/key.pem`];
	server = await startServer({ args: [...tls, ...args] });
};

beforeEach(() => {
	folder = temporaryFolder();
	renewed = temporaryFolder();
	makeCertificate(folder.path);
	makeCertificate(renewed.path);
});

afterEach(async () => {
	await server.kill();
	folder.remove();
	renewed.remove();
});

const messages = "/v1/channels/chat/messages";
const replace = (name: string) => copyFileSync(`${renewed.path}/${name}`, `${folder.path}/${name}`);

/** What a new connection is shown. */
function certificateNow(): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
			resolve(socket.getPeerCertificate().fingerprint256);
			socket.destroy();
		});
		socket.once("error", reject);
	});
}

test("a certificate that changes while messages flow is shown to new connections; a pair that does not fit never, and nobody is cut", async () => {
	await start("--memory");
	const session = await openSession(server.url);
	const stream = follow(session, messages);
	await stream.until("$live");
	let sent = 0;
	let failed = 0;
	const publishing = setInterval(() => {
		tell(session, messages, {}, `"m${++sent}."`).then(
			({ status }) => status === 201 || failed++,
			() => failed++,
		);
	}, 20);
	const first = await certificateNow();
	// Half of a change, which stays so for long enough to be told, in one line.
	replace("cert.pem");
	await expect.poll(() => server.errors, { timeout: 10_000 }).toEqual([expect.stringMatching(/stays as it was: .*mismatch/)]);
	expect(await certificateNow()).toBe(first);
	replace("key.pem");
	await expect.poll(() => server.errors.length, { timeout: 10_000 }).toBe(2);
	expect(server.errors[1]).toContain("new connections get the certificate");
	expect(await certificateNow()).not.toBe(first);
	clearInterval(publishing);
	await stream.until(`"m${sent}."`);
	expect([failed, stream.text.match(/"m\d+\."/g)?.length]).toEqual([0, sent]);
	session.destroy();
});

test("SIGTERM: readers of HTTP/2 are told goodbye, sessions are told not to ask again, sockets are closed, and it exits with 0", async () => {
	await start("--memory", "--drain-time", "10s");
	const session = await openSession(server.url);
	let goaway = -1;
	session.on("goaway", (code) => {
		goaway = code;
	});
	const idle = await openSession(server.url);
	const streams = Array.from({ length: 3 }, () => follow(session, messages));
	const socket = await openSocket(`${server.url}/v1/socket`, { protocol: "holdfast.v1", trusting: true });
	for (const stream of streams) await stream.until("$live");
	const poll = tell(session, `${messages}?wait=30`);
	// What a session is asked behind its farewell is refused, and this is to be before it.
	const readers = async () => (await tell(session, messages.replace(/\/messages$/, ""))).json.readers;
	await expect.poll(readers).toMatchObject({ longPoll: 1 });
	const began = performance.now();
	const code = server.kill("SIGTERM");
	await Promise.all(streams.map(({ closed }) => closed));
	for (const stream of streams) expect(stream.text).toContain("$bye");
	expect((await poll).json.messages).toEqual([]);
	expect(await socket.closed).toMatchObject({ code: 4001 });
	expect([await code, goaway]).toEqual([0, 0]);
	expect(performance.now() - began).toBeLessThan(8000);
	expect(server.errors).toEqual([]);
	expect(idle.closed || idle.destroyed).toBe(true);
});

test("workers share the port with TLS too, and all take the new certificate", async () => {
	const data = temporaryFolder();
	await start("--workers", "2", "--data", data.path);
	expect(server.lines[0]).toContain("https://");
	const first = await certificateNow();
	const sessions = await Promise.all([1, 2, 3, 4].map(() => openSession(server.url)));
	const streams = sessions.map((session) => follow(session, messages));
	for (const stream of streams) await stream.until("$live");
	for (const [i, session] of sessions.entries()) await tell(session, messages, {}, `"from ${i}"`);
	for (const stream of streams) for (const i of sessions.keys()) await stream.until(`"from ${i}"`);
	replace("key.pem");
	replace("cert.pem");
	await expect
		.poll(() => server.errors.filter((line) => line.includes("new connections get")).length, { timeout: 10_000 })
		.toBe(2);
	for (let i = 0; i < 4; i++) expect(await certificateNow()).not.toBe(first);
	for (const session of sessions) session.destroy();
	expect(await server.kill("SIGTERM")).toBe(0);
	data.remove();
});

test.each([
	[
		"a file that is not there",
		() => ["--tls-cert", "/nowhere/cert.pem", "--tls-key", `${folder.path}/key.pem`],
		4,
		/cannot use the certificate/,
	],
	[
		"a key of another certificate",
		() => ["--tls-cert", `${folder.path}/cert.pem`, "--tls-key", `${renewed.path}/key.pem`],
		4,
		/mismatch/,
	],
	["an empty file", () => ["--tls-cert", "/dev/null", "--tls-key", `${folder.path}/key.pem`], 4, /\/dev\/null is empty/],
	["one without the other", () => ["--tls-cert", `${folder.path}/cert.pem`], 2, /tlsCert and tlsKey belong together/],
])("%s is refused with a line", async (_, args, code, line) => {
	const refused = await startServer({ args: ["--memory", ...args()] }).catch((error: Error) => error.message);
	expect(refused).toMatch(new RegExp(`ended with ${code}`));
	expect(refused).toMatch(line);
});
