/** An `Io` that a test can hold, and small servers that say what a test wants them to say. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import type { Io } from "./io.ts";

export interface TestIo extends Io {
	readonly stdin: PassThrough;
	readonly stdout: PassThrough;
	/** What was written so far. */
	readonly out: { text: string };
	readonly err: { text: string };
	/** Each pause that was asked for, in milliseconds; none of them is waited for. */
	readonly pauses: number[];
	abort(): void;
}

export function testIo(env: Io["env"] = {}): TestIo {
	const stop = new AbortController();
	const [out, err] = [{ text: "" }, { text: "" }];
	const stdout = new PassThrough().on("data", (chunk) => {
		out.text += chunk;
	});
	const stderr = new PassThrough().on("data", (chunk) => {
		err.text += chunk;
	});
	const pauses: number[] = [];
	let now = 1_795_190_400_000;
	return {
		stdin: new PassThrough(),
		stdout,
		stderr,
		out,
		err,
		env,
		stop: stop.signal,
		pauses,
		abort: () => stop.abort(),
		now: () => now,
		random: () => 0.5,
		async sleep(ms) {
			pauses.push(ms);
			now += ms;
			await new Promise((resolve) => setImmediate(resolve));
		},
	};
}

export interface FakeServer {
	readonly url: string;
	close(): Promise<void>;
}

export async function fakeServer(answer: http.RequestListener): Promise<FakeServer> {
	const server = http.createServer(answer).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
