/** The fast lane answers as Node's HTTP does, whatever comes: the same requests at a server with it and at one without. */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { createHoldfast, type Holdfast, memoryLog } from "@holdfast/server";
import { ManualClock } from "@holdfast/server/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chance } from "../client/simulation/chance.ts";
import { requests } from "../fuzz/corpus.ts";
import { mutator } from "../fuzz/mutate.ts";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";

const path = "/v1/channels/chat.a/messages";
const host = "Host: 127.0.0.1\r\n";
const json = (body: string) => `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Alike to the last digit of an id: the same chance, and a clock that stands. */
function startAlike(handle?: (holdfast: Holdfast) => RequestListener): Promise<World> {
	const clock = new ManualClock();
	const chance = new Chance(7);
	const random = () => chance.next();
	return startWorld({ clock, random, log: memoryLog({ clock, random }), cors: ["https://a.example"] }, handle);
}

let lane: World;
let plain: World;
beforeAll(async () => {
	lane = await startAlike();
	plain = await startAlike((holdfast) => (request, response) => holdfast.handle(request, response));
});
afterAll(async () => {
	await lane.close();
	await plain.close();
});

/** Time to be answered in, and of silence after which an answer is whole, in milliseconds. */
interface Patience {
	readonly answer: number;
	readonly more: number;
}

/** A machine that is busy looks like one that answers otherwise: whoever differs is asked again, with more time. */
const patiences: readonly Patience[] = [
	{ answer: 60, more: 8 },
	{ answer: 500, more: 100 },
	{ answer: 4000, more: 1000 },
];

/** What comes back, but for the second that it came in, and whether the connection was ended. */
function answerOf(port: number, pieces: readonly (string | Uint8Array)[], patience: Patience): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		let text = "";
		let timer = setTimeout(() => end("stays"), patience.answer);
		const end = (how: string) => {
			clearTimeout(timer);
			socket.destroy();
			resolve(`${text.replace(/^Date: .*\r\n/gm, "").replace(/^X-Request-Id: .*\r\n/gm, "")}\n${how}`);
		};
		socket.on("data", (chunk) => {
			text += chunk.toString("latin1");
			clearTimeout(timer);
			timer = setTimeout(() => end("stays"), patience.more);
		});
		socket.on("error", () => end("ends")).on("close", () => end("ends"));
		for (const piece of pieces) socket.write(piece);
	});
}

const noRequest = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

async function bothSay(pieces: readonly (string | Uint8Array)[], patience: Patience): Promise<[quick: string, slow: string]> {
	const [quick, slow] = await Promise.all([answerOf(lane.port, pieces, patience), answerOf(plain.port, pieces, patience)]);
	// Where noise follows a request, Node may drop the answer that is under way, and may say that it was noise.
	const dropped = slow.startsWith(noRequest) && quick.endsWith("ends");
	const said = (text: string) => (dropped ? "" : text.replace(noRequest, ""));
	return [said(quick), said(slow)];
}

async function expectAlike(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
	let [quick, slow] = ["", ""];
	for (const patience of patiences) {
		[quick, slow] = await bothSay(pieces, patience);
		if (quick === slow) return;
	}
	expect(quick, pieces.map((piece) => Buffer.from(piece).toString("latin1")).join("")).toBe(slow);
}

const get = `GET ${path}?after=first HTTP/1.1\r\n${host}\r\n`;

test.each([
	["a poll", get],
	["two at once", get + get],
	["a publish", `POST ${path} HTTP/1.1\r\n${host}${json("{}")}`],
	["a publish and a poll behind it", `POST ${path} HTTP/1.1\r\n${host}${json('"x"')}${get}`],
	["one that ends its connection", `GET ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
	["HTTP/1.0", `GET ${path} HTTP/1.0\r\n${host}\r\n`],
	["no host", `GET ${path} HTTP/1.1\r\n\r\n`],
	["two hosts", `GET ${path} HTTP/1.1\r\n${host}${host}\r\n`],
	["a header twice", `GET ${path} HTTP/1.1\r\n${host}Last-Event-ID: a\r\nLast-Event-ID: b\r\n\r\n`],
	["a folded header", `GET ${path} HTTP/1.1\r\n${host}Accept: a,\r\n text/event-stream\r\n\r\n`],
	["a space before a colon", `GET ${path} HTTP/1.1\r\n${host}Accept : text/plain\r\n\r\n`],
	["a bare line feed", `GET ${path} HTTP/1.1\n${host}\n`],
	["a line feed in a header", `GET ${path} HTTP/1.1\r\n${host}A: b\nContent-Length: 5\r\n\r\nhello`],
	["a carriage return in a header", `GET ${path} HTTP/1.1\r\n${host}A: b\rc\r\n\r\n`],
	["NUL in a header", `GET ${path} HTTP/1.1\r\n${host}A: b\0c\r\n\r\n`],
	["bytes beyond ASCII in a header", Buffer.from(`GET ${path} HTTP/1.1\r\n${host}Prefer: wait=\xe9\r\n\r\n`, "latin1")],
	["a body with GET", `GET ${path} HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc${get}`],
	["a body of no length", `POST ${path} HTTP/1.1\r\n${host}\r\n`],
	["two lengths", `POST ${path} HTTP/1.1\r\n${host}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
	["two lengths, the last of which fits", `POST ${path} HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 2\r\n\r\n{}`],
	["a length with a sign", `POST ${path} HTTP/1.1\r\n${host}Content-Length: +2\r\n\r\n{}`],
	["a length in hexadecimal", `POST ${path} HTTP/1.1\r\n${host}Content-Length: 0x2\r\n\r\n{}`],
	[
		"a length and chunks",
		`POST ${path} HTTP/1.1\r\n${host}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
	],
	["chunks", `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${get}`],
	["a body that is too large", `POST ${path} HTTP/1.1\r\n${host}Content-Length: 70000\r\n\r\n${"x".repeat(70_000)}`],
	["an expectation", `POST ${path} HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`],
	["an absolute target", `GET http://127.0.0.1${path}?after=first HTTP/1.1\r\n${host}\r\n`],
	["a target of another server's", `GET /other HTTP/1.1\r\n${host}\r\n`],
	["a broken percent-encoding", `GET ${path}?after=%zz HTTP/1.1\r\n${host}\r\n`],
	["HEAD", `HEAD ${path} HTTP/1.1\r\n${host}\r\n`],
	["a preflight", `OPTIONS ${path} HTTP/1.1\r\n${host}Origin: https://a.example\r\n\r\n`],
	["a page of a listed origin", `GET ${path} HTTP/1.1\r\n${host}Origin: https://a.example\r\n\r\n`],
	["a method that is not there", `DELETE ${path} HTTP/1.1\r\n${host}\r\n`],
	["another upgrade", `GET ${path} HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
	["a WebSocket without its key", `GET ${path} HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
	["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
	["noise", "\x16\x03\x01\x02\x00\x01\x00"],
])("%s is answered alike", async (_, request) => {
	await expectAlike(request);
});

test("a request in pieces, and one behind it, are answered alike", async () => {
	const [quick, slow] = await Promise.all(
		[lane, plain].map(async ({ port }) => {
			const raw = await openRaw(port, get.slice(0, 20));
			await new Promise((resolve) => setTimeout(resolve, 20));
			raw.write(get.slice(20) + get);
			const text = await raw.until(/"more":(?:.|\r\n)*"more":/);
			raw.close();
			return text.replace(/^Date: .*\r\n/gm, "");
		}),
	);
	expect(quick).toBe(slow);
});

test("400 changed requests are answered alike", { timeout: 60_000 }, async () => {
	const made = mutator(11);
	const corpus = requests("token").filter((request) => !/\/v1\/connections|\/v1\/revocations/.test(request.toString()));
	for (let i = 0; i < 400; i++) {
		const request = made.mutate(made.pick(corpus), corpus);
		// What waits, and what stays, is looked at elsewhere.
		if (/wait=[1-9]|event-stream|^GET .*websocket/is.test(request.toString("latin1"))) continue;
		await expectAlike(request);
	}
});

test("a connection on which nothing comes is Node's to judge, and one that has been answered is ended after a while", async () => {
	const clock = new ManualClock();
	const world = await startWorld({ clock });
	const silent = await openRaw(world.port);
	const idle = await openRaw(world.port, get);
	await idle.until('"more":');
	clock.advance(20_000);
	await idle.ended;
	silent.write(get);
	await silent.until('"more":');
	silent.close();
	await world.close();
});

test("where connections may be idle for ever, none is ended, and none is told a time", async () => {
	const clock = new ManualClock();
	const world = await startWorld({ clock });
	world.server.keepAliveTimeout = 0;
	const idle = await openRaw(world.port, get);
	expect(await idle.until('"more":')).not.toContain("Keep-Alive:");
	clock.advance(3_600_000);
	idle.write(get);
	await idle.until(/"more":(?:.|\r\n)*"more":/);
	idle.close();
	await world.close();
});

test("an answer bears the second in which it was given", async () => {
	const clock = new ManualClock();
	const world = await startWorld({ clock });
	const raw = await openRaw(world.port, get);
	await raw.until('"more":');
	clock.advance(3000);
	raw.write(get);
	const dates = [...(await raw.until(/"more":(?:.|\r\n)*"more":/)).matchAll(/^Date: (.*)\r$/gm)].map(([, date]) =>
		Date.parse(date ?? ""),
	);
	expect(dates).toEqual([-3000, 0].map((ago) => Math.floor((clock.now() + ago) / 1000) * 1000));
	raw.close();
	await world.close();
});

test("of those who wait together only who asked with a preference is told that it was heeded", async () => {
	const world = await startWorld();
	const held = (headers: string) => openRaw(world.port, `GET ${path}?after=now&wait=30 HTTP/1.1\r\n${host}${headers}\r\n`);
	const [without, preferring] = ["", "Prefer: wait=30\r\n"];
	for (const order of [
		[without, preferring, without, preferring],
		[preferring, without, preferring, without],
	]) {
		const polls = await Promise.all(order.map(held));
		await expect.poll(async () => (await ask(world.origin + path.replace("/messages", ""))).json.readers.longPoll).toBe(4);
		await world.holdfast.publish("chat.a", "hi");
		for (const [i, poll] of polls.entries()) {
			const answer = await poll.until('"more":');
			expect(answer.includes("Preference-Applied: wait=30")).toBe(order[i] === preferring);
			poll.close();
		}
	}
	await world.close();
});

test("a server has one lane, and only one of node:http has any", () => {
	const holdfast = createHoldfast();
	const server = createServer();
	holdfast.fastLane(server);
	expect(() => createHoldfast().fastLane(server)).toThrow("This server has a fast lane");
	expect(() => holdfast.fastLane(createTlsServer() as unknown as Server)).toThrow("made by createServer of node:http");
});
