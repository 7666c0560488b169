/** Publishers that ask again under the same key for what had no answer, and some that give up what was refused. */
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import type { History } from "./history.ts";
import { sleep } from "./reader.ts";

/** One request and what became of it. `status` 0: there was no answer. */
export interface Attempt {
	readonly asked: number;
	readonly ended: number;
	readonly status: number;
	readonly retryAfter: string | undefined;
	readonly code: string | undefined;
}

export interface Office {
	readonly history: History;
	/** All requests, in the order in which they ended. */
	readonly attempts: Attempt[];
	/** What no publisher should be answered. */
	readonly troubles: string[];
}

const agent = new Agent({ keepAlive: true, keepAliveMsecs: 1000 });

/** Asks once; answers whether it is kept, and else how long to wait. */
export async function publish(
	office: Office,
	origin: string,
	channel: string,
	name: string,
): Promise<{ readonly wait: number } | "kept"> {
	const asked = performance.now();
	const answered = office.history.asked(channel, name, asked);
	const { status, retryAfter, body } = await post(`${origin}/v1/channels/${channel}/messages`, name);
	const ended = performance.now();
	const code: string | undefined = body?.code;
	office.attempts.push({ asked, ended, status, retryAfter, code });
	if (status === 200 || status === 201) {
		answered({ kept: String(body?.id) }, ended);
		return "kept";
	}
	answered(code === undefined ? "unknown" : "refused", ended);
	if (![0, 502, 503, 504].includes(status)) office.troubles.push(`${name} was answered ${status} ${JSON.stringify(body)}`);
	return { wait: 1000 * Number(retryAfter ?? 0.25) };
}

/** Publishes one after another, `rate` a second, until it is stopped. */
export class Publisher {
	readonly #office: Office;
	readonly #name: string;
	readonly #channels: readonly string[];
	#count = 0;
	#stopped = false;

	constructor(office: Office, name: string, channels: readonly string[]) {
		this.#office = office;
		this.#name = name;
		this.#channels = channels;
	}

	/** `nodes`: what is asked of three nodes at once, under one key, is asked of these. */
	async run(front: string, nodes: readonly string[], rate: number): Promise<void> {
		await sleep((1000 / rate) * Math.random());
		while (!this.#stopped) {
			const next = performance.now() + 1000 / rate;
			await this.#publish(front, nodes);
			const rest = next - performance.now();
			if (rest > 0) await sleep(rest);
		}
	}

	stop(): void {
		this.#stopped = true;
	}

	async #publish(front: string, nodes: readonly string[]): Promise<void> {
		const count = this.#count++;
		const name = `${this.#name}:${count}`;
		const channel = this.#channels[count % this.#channels.length] as string;
		const origins = count % 20 === 19 ? nodes : [front];
		for (;;) {
			const results = await Promise.all(origins.map((origin) => publish(this.#office, origin, channel, name)));
			const waits = results.flatMap((result) => (result === "kept" ? [] : [result.wait]));
			if (waits.length < results.length) return;
			await sleep(Math.min(...waits));
			// Every other message that is refused is given up: it must not appear later.
			if (count % 2 === 0 || this.#stopped) return;
		}
	}
}

interface Answered {
	readonly status: number;
	readonly retryAfter: string | undefined;
	readonly body: { readonly id?: string; readonly code?: string } | undefined;
}

function post(url: string, name: string): Promise<Answered> {
	const none: Answered = { status: 0, retryAfter: undefined, body: undefined };
	return new Promise((resolve) => {
		const headers = { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(name), "Idempotency-Key": name };
		const asked = request(url, { method: "POST", headers, agent }, (response) => {
			let text = "";
			response.setEncoding("utf8").on("data", (chunk) => {
				text += chunk;
			});
			response.once("error", () => resolve(none));
			response.once("end", () => {
				// What nginx answers is a page, and says nothing of what the node did.
				const json = /json/.test(response.headers["content-type"] ?? "") && response.complete;
				const retryAfter = response.headers["retry-after"];
				resolve({ status: response.statusCode ?? 0, retryAfter, body: json ? JSON.parse(text) : undefined });
			});
		});
		asked.once("error", () => resolve(none)).end(name);
	});
}
