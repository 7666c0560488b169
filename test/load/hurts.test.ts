/** Load that hurts: those who do no harm are served beside those who do. `npm run test:load`; alone on its machine. */
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { memoryOf } from "../support/memory.ts";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { dialAll, Latencies, publishSteadily, sleep, socketRequest, streamRequest, timed } from "./tools.ts";

const MiB = 1024 ** 2;
const path = "/v1/channels/load/messages";
const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(...args: string[]): Promise<RunningServer> {
	const server = await startServer({ args });
	ends.push(() => server.kill());
	return server;
}

function keep(sockets: readonly Socket[]): readonly Socket[] {
	ends.push(() => {
		for (const socket of sockets) socket.destroy();
	});
	return sockets;
}

test("10,000 idle connections, half SSE and half WebSocket, take at most 12 kB each, and each gets what comes", {
	timeout: 180_000,
}, async () => {
	const server = await start("--memory");
	const first = keep(await dialAll(server.port, 2, (i) => (i % 2 === 0 ? streamRequest(path) : socketRequest(path))));
	await sleep(1000);
	const before = memoryOf(server.pid);
	const sockets = keep(await dialAll(server.port, 10_000, (i) => (i % 2 === 0 ? streamRequest(path) : socketRequest(path))));
	let told = 0;
	for (const socket of sockets) {
		socket.on("data", (chunk: Buffer) => {
			if (chunk.includes('"here"')) told += 1;
		});
	}
	const live = async () => JSON.parse((await timed(server.port, "/v1/channels/load")).text).readers;
	await expect.poll(live, { timeout: 60_000 }).toMatchObject({ sse: 5001, websocket: 5001 });
	await sleep(5000);
	const each = (memoryOf(server.pid) - before) / sockets.length;
	expect((await timed(server.port, path, "here")).status).toBe(201);
	await expect.poll(() => told, { timeout: 20_000 }).toBe(10_000);
	console.log(`${Math.round(each)} bytes of resident memory a connection, with what connecting left behind`);
	expect(first).toHaveLength(2);
	// What a collector would free stands in it too: `npm run bench -- idle` says without.
	expect(each).toBeLessThan(12_000 + 4000);
});

test("500 stalled and 50 trickling readers beside 500 healthy ones: p99 at most doubles, memory stays, the stalled are sent away to come back", {
	timeout: 240_000,
}, async () => {
	const server = await start("--memory", "--stall-timeout", "5s");
	// Four channels: all 500 on one would be 100,000 sends and as many receives a second, more than two cores have for a test.
	const own = (i: number, query = "") => {
		const target = `/v1/channels/load${(i >> 1) % 4}/messages${query}`;
		return i % 2 === 0 ? streamRequest(target) : socketRequest(target);
	};
	const healthy = keep(await dialAll(server.port, 500, (i) => own(i)));
	// An empty pong, masked: the server takes silence for death.
	const alive = setInterval(() => {
		for (const [i, socket] of healthy.entries()) if (i % 2 === 1) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
	}, 10_000);
	ends.push(() => clearInterval(alive));
	const latencies = new Latencies();
	latencies.watch(healthy);
	await sleep(2000);
	const stop = publishSteadily(server.port, (n) => `load${n % 4}`, 200, "x".repeat(2000));
	await sleep(5000);
	latencies.take();
	await sleep(15_000);
	const alone = latencies.take();
	const before = memoryOf(server.pid);
	// From the first message kept, so that there is more for them than the kernel holds for a socket that is not read.
	const stalled = keep(await dialAll(server.port, 500, (i) => own(i, "?after=first")));
	for (const socket of stalled) socket.pause();
	const trickling = keep(await dialAll(server.port, 50, (i) => own(2 * i, "?after=first")));
	for (const socket of trickling) {
		socket.pause();
		const timer = setInterval(() => socket.read(256), 250);
		ends.push(() => clearInterval(timer));
	}
	await sleep(10_000);
	latencies.take();
	await sleep(25_000);
	const beside = latencies.take();
	const grown = memoryOf(server.pid) - before;
	const left = async () => {
		const { connections } = JSON.parse((await timed(server.port, "/v1/connections?limit=1000")).text);
		const counts = { sse: 0, websocket: 0 };
		for (const { transport } of connections) counts[transport as keyof typeof counts] += 1;
		return counts;
	};
	// The kernel takes megabytes for each before it is noticed. Who trickles makes progress, and may stay or go.
	await expect
		.poll(left, { timeout: 60_000, interval: 1000 })
		.toEqual({ sse: expect.toSatisfy((n) => n >= 250 && n <= 300), websocket: 250 });
	const refused = await stop();
	console.log(
		`alone p50 ${alone.p50.toFixed(1)} p99 ${alone.p99.toFixed(1)} ms of ${alone.count}; beside p50 ${beside.p50.toFixed(1)} p99 ${beside.p99.toFixed(1)} ms of ${beside.count}; memory +${Math.round(grown / MiB)} MiB`,
	);
	expect(refused).toEqual({});
	// A machine's own hiccups are some milliseconds, whoever reads.
	expect(beside.p99).toBeLessThan(2 * Math.max(alone.p99, 10));
	expect(beside.count).toBeGreaterThan(0.95 * 125 * 200 * 25);
	expect(grown).toBeLessThan(100 * MiB);
});

test("2,000 sockets whose headers and bodies come byte by byte: ordinary requests are answered within a second, and the slow are cut", {
	timeout: 120_000,
}, async () => {
	const server = await start("--memory");
	const before = memoryOf(server.pid);
	const slow = keep(
		await dialAll(server.port, 2000, (i) =>
			i % 2 === 0
				? `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: `
				: `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n`,
		),
	);
	let open = slow.length;
	for (const socket of slow) socket.on("close", () => open--).resume();
	const dripping = setInterval(() => {
		for (const socket of slow) if (socket.writable) socket.write("x");
	}, 1000);
	ends.push(() => clearInterval(dripping));
	let slowest = 0;
	let answered = 0;
	for (const until = performance.now() + 22_000; performance.now() < until; await sleep(50)) {
		const [published, read] = [await timed(server.port, path, { n: answered }), await timed(server.port, `${path}?last=1`)];
		expect([published.status, read.status]).toEqual([201, 200]);
		slowest = Math.max(slowest, published.ms, read.ms);
		answered += 2;
	}
	console.log(
		`${answered} requests, the slowest ${Math.round(slowest)} ms; ${open} of the slow left; memory +${Math.round((memoryOf(server.pid) - before) / MiB)} MiB`,
	);
	expect(slowest).toBeLessThan(1000);
	expect(open).toBe(0);
	expect(memoryOf(server.pid) - before).toBeLessThan(100 * MiB);
});

test("5,000 readers that return at once are all served within 60 s, and are told nothing but 429 or 503 with Retry-After until then", {
	timeout: 180_000,
}, async () => {
	const folder = temporaryFolder();
	ends.push(folder.remove);
	const server = await start("--data", folder.path);
	const { text } = await timed(server.port, `${path}?after=now`);
	const { next } = JSON.parse(text);
	for (let n = 0; n < 200; n++) await timed(server.port, path, { n });
	await server.kill();
	await server.restart();
	const began = performance.now();
	const wrong = new Map<string, number>();
	let waits = 0;
	/** Tries until it has been told the newest message. */
	const reader = async (i: number): Promise<number> => {
		const first = i % 2 === 0 ? streamRequest(`${path}?after=${next}`) : socketRequest(`${path}?after=${next}`);
		for (;;) {
			const [socket] = await dialAll(server.port, 1, () => first).catch(() => []);
			if (socket === undefined) {
				await sleep(200 + Math.random() * 300);
				continue;
			}
			keep([socket]);
			const said = await new Promise<string>((resolve) => {
				let all = "";
				socket.on("data", (chunk) => {
					all += chunk.toString("latin1");
					if (all.includes('"n":199') || /event: \$bye[\s\S]*\n\n/.test(all)) resolve(all);
				});
				socket.on("close", () => resolve(all));
			});
			if (said.includes('"n":199')) return performance.now() - began;
			waits += 1;
			const status = /^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? "nothing";
			const bye = /event: \$bye\nretry: (\d+)/.exec(said)?.[1];
			const seconds = /retry-after: (\d+)/i.exec(said)?.[1];
			const wait = bye === undefined ? Number(seconds) * 1000 : Number(bye);
			if (!(wait > 0) || !(bye !== undefined || status === "429" || status === "503"))
				wrong.set(status, (wrong.get(status) ?? 0) + 1);
			await sleep(Math.min(wait || 1000, 30_000));
		}
	};
	const took = await Promise.all(Array.from({ length: 5000 }, (_, i) => reader(i)));
	console.log(
		`all after ${Math.round(Math.max(...took))} ms, half after ${Math.round(took.sort((a, b) => a - b)[2500] ?? 0)} ms; told to wait ${waits} times`,
	);
	expect([...wrong]).toEqual([]);
	expect(Math.max(...took)).toBeLessThan(60_000);
});
