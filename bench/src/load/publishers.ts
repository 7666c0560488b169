/** Publishers over raw keep-alive HTTP connections, each with one request under way. */
import type { Socket } from "node:net";
import { payload } from "../payload.ts";
import { quantile } from "../report/table.ts";
import { open, type Take } from "./connection.ts";

export interface Publishing {
	readonly port: number;
	readonly channel: string;
	readonly connections: number;
	/** Messages a request; 1 is a request to the channel itself. */
	readonly batch: number;
	readonly milliseconds: number;
}

export interface Published {
	readonly messages: number;
	readonly seconds: number;
	/** Time of an answer, in milliseconds. */
	readonly p50: number;
	readonly p99: number;
}

/** Publishes for the time given, waits for every answer, and fails if one refuses a message. */
export async function publish(publishing: Publishing): Promise<Published> {
	const { port, connections, batch, milliseconds } = publishing;
	const request = Buffer.from(requestText(publishing));
	const times: number[] = [];
	const begin = performance.now();
	const publishers = Array.from({ length: connections }, () => publishOn(port, request, begin + milliseconds, times));
	await Promise.all(publishers);
	const seconds = (performance.now() - begin) / 1000;
	return { messages: times.length * batch, seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function requestText({ port, channel, batch }: Publishing): string {
	const single = batch === 1;
	const items = Array.from({ length: batch }, (_, i) => ({ channel, data: payload(i) }));
	const body = single ? payload(0) : JSON.stringify(items);
	return [
		`POST ${single ? `/v1/channels/${channel}/messages` : "/v1/messages"} HTTP/1.1`,
		`Host: 127.0.0.1:${port}`,
		`Content-Type: ${single ? "text/plain" : "application/json"}`,
		`Content-Length: ${body.length}`,
		"",
		body,
	].join("\r\n");
}

function publishOn(port: number, request: Buffer, until: number, times: number[]): Promise<void> {
	return new Promise((resolve, reject) => {
		let sent = 0;
		const send = (socket: Socket): void => {
			sent = performance.now();
			socket.write(request);
		};
		const begin = (socket: Socket): Take => {
			socket.on("connect", () => send(socket));
			return (bytes, end) => {
				const length = answerLength(bytes.toString("latin1", 0, end));
				if (length > end) return 0;
				const now = performance.now();
				times.push(now - sent);
				if (now < until) {
					send(socket);
				} else {
					resolve();
					socket.destroy();
				}
				return length;
			};
		};
		open(port, begin, (reason) => reject(new Error(`a publisher lost its connection: ${reason}`)));
	});
}

const head = /^HTTP\/1\.1 (\d+) .*?\r\nContent-Length: (\d+)\r\n/is;

/** Bytes of the whole answer; infinite while its head is not whole. @throws Error when anything was refused. */
function answerLength(text: string): number {
	const bodyAt = text.indexOf("\r\n\r\n") + 4;
	if (bodyAt < 4) return Number.POSITIVE_INFINITY;
	const [, status, length] = head.exec(text) ?? [];
	if (status !== "201" || length === undefined || text.includes('"code":', bodyAt)) throw new Error(`answered ${text}`);
	return bodyAt + Number(length);
}
