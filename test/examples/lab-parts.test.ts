/** The parts of the lab that its figures rest on. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Judge } from "../../apps/lab/page/judge.ts";
import { Line } from "../../apps/lab/server/line.ts";
import { naive } from "../../apps/lab/server/naive.ts";

const verdictOn = (...numbers: readonly number[]) => {
	const judge = new Judge();
	for (const n of numbers) judge.take(n);
	const { received, lost, repeated, outOfOrder } = judge;
	return { received, lost, repeated, outOfOrder };
};

test.each([
	["all in order, from wherever it began", [7, 8, 9], { lost: 0, repeated: 0, outOfOrder: 0 }],
	["one skipped", [1, 3], { lost: 1, repeated: 0, outOfOrder: 0 }],
	["many skipped", [1, 100], { lost: 98, repeated: 0, outOfOrder: 0 }],
	["the same again", [1, 2, 2, 1], { lost: 0, repeated: 2, outOfOrder: 0 }],
	["one that comes late is not lost", [1, 3, 2, 4], { lost: 0, repeated: 0, outOfOrder: 1 }],
	["late, and then again", [1, 3, 2, 2], { lost: 0, repeated: 1, outOfOrder: 1 }],
	["more skipped than it remembers", [1, 30_000], { lost: 29_998, repeated: 0, outOfOrder: 0 }],
])("the judge on %s", (_, numbers, verdict) => {
	expect(verdictOn(...numbers)).toEqual({ received: numbers.length, ...verdict });
});

test("a gap that was told is no loss, and who was there from the beginning misses the first", () => {
	const told = new Judge();
	told.take(1);
	told.gap();
	told.take(10);
	expect([told.lost, told.told]).toEqual([0, 1]);
	told.take(12);
	expect(told.lost).toBe(1);

	const early = new Judge();
	early.begin(1);
	expect(early.behind(5)).toBe(5);
	early.take(3);
	expect([early.lost, early.behind(5)]).toEqual([2, 2]);

	// What was on its way when it was seen to be there.
	const onItsWay = new Judge();
	onItsWay.begin(6);
	onItsWay.take(5);
	expect([onItsWay.lost, onItsWay.repeated, onItsWay.behind(5)]).toEqual([0, 0, 0]);
});

/** A server whose answers go over a line; gives its port. */
async function behind(line: Line, answer: (write: (text: string) => void, end: () => void) => void): Promise<number> {
	const server = createServer((request, response) => {
		const done = line.carry(request, request.socket, () =>
			answer(
				(text) => response.write(text),
				() => response.end(),
			),
		);
		response.once("close", done);
	}).listen(0, "127.0.0.1");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

async function ask(port: number, head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"): Promise<string> {
	const socket = connect(port, "127.0.0.1");
	let text = "";
	socket.setEncoding("utf8").on("data", (part) => {
		text += part;
	});
	socket.write(head);
	await once(socket, "close");
	return text;
}

test("a delay that becomes shorter lets nothing overtake, and the end comes last", async () => {
	let delay = 80;
	const line = new Line(() => ({ delay, patience: 0 }));
	const began = Date.now();
	const port = await behind(line, (write, end) => {
		write("first ");
		delay = 0;
		write("second ");
		end();
	});
	const text = await ask(port);
	expect(text.match(/first|second/g)).toEqual(["first", "second"]);
	expect(text).toMatch(/0\r\n\r\n$/);
	// The way there and the way back.
	expect(Date.now() - began).toBeGreaterThanOrEqual(155);
});

test("a line counts to the byte what went over the socket", async () => {
	const line = new Line(() => ({ delay: 0, patience: 0 }));
	const port = await behind(line, (write, end) => {
		write("x".repeat(1000));
		end();
	});
	const head = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nCookie: secret=1\r\nConnection: close\r\n\r\n";
	const text = await ask(port, head);
	const { up, down, requests, open, used, exchange } = line.count;
	expect([up, down, requests, open, used]).toEqual([head.length, text.length, 1, 0, 1]);
	expect(exchange.up).toContain("GET /a?b=c HTTP/1.1");
	expect(exchange.up).not.toContain("secret");
	expect(exchange.body).toContain("xxx");
});

test("a proxy out of patience answers 504 where nothing was answered, and cuts what had begun", async () => {
	const line = new Line(() => ({ delay: 0, patience: 0.05 }));
	const looking = setInterval(() => line.look(), 10);
	onTestFinished(() => clearInterval(looking));
	const silent = await behind(line, () => undefined);
	expect(await ask(silent)).toMatch(/^HTTP\/1\.1 504 /);
	const begun = await behind(line, (write) => write("begun"));
	const text = await ask(begun);
	expect(text).toContain("begun");
	expect(text).not.toMatch(/0\r\n\r\n$/);
});

test("a queue that nobody empties stays bounded", async () => {
	const queue = naive("queue", 10);
	const server = createServer(queue.handle).listen(0, "127.0.0.1");
	onTestFinished(() => void server.close());
	await once(server, "listening");
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	expect(await (await fetch(url)).json()).toEqual([]);
	for (let n = 1; n <= 5000; n++) queue.tell(`${n}`);
	const drained = (await (await fetch(url)).json()) as number[];
	expect([drained.length, drained.at(-1)]).toEqual([1000, 5000]);
	expect(await (await fetch(url)).json()).toEqual([]);
});
