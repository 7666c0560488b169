/** A thread of readers by long poll: they wait for one message, come back at once, and wait until their time is over. */
import { Agent, get } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { now } from "./server/clock.ts";
import type { Sent, Woken } from "./server/herd-words.ts";

const { url, ordinary, readers } = workerData as Sent;
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
/** Seconds. */
const longWait = 25;
const shortWait = 3;

let asked: Promise<number> | undefined;

async function timeOf(request: Promise<unknown>): Promise<number> {
	const began = now();
	await request;
	return now() - began;
}

async function read(): Promise<{ woken: number; over: number }> {
	// There is none yet; so the first that comes is for everyone, also for who is late.
	const answer = await fetchText(`${url}?after=first&wait=${longWait}`);
	const woken = now();
	// As the first one is answered: the others are on their way, and come back.
	asked ??= timeOf(fetchText(ordinary));
	const next = (JSON.parse(answer) as { readonly next?: string }).next ?? "now";
	await fetchText(`${url}?after=${next}&wait=${shortWait}`);
	return { woken, over: now() };
}

function fetchText(from: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const request = get(from, { agent }, (response) => {
			let text = "";
			response.setEncoding("utf8").on("data", (part: string) => {
				text += part;
			});
			response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}`))));
		});
		request.on("error", reject);
	});
}

const all = await Promise.all(Array.from({ length: readers }, read));
const over = all.map((one) => one.over);
const told: Woken = {
	woken: all.map(({ woken }) => woken),
	ordinary: (await asked) ?? 0,
	timeouts: Math.max(...over) - Math.min(...over),
};
parentPort?.postMessage(told);
agent.destroy();
