/** Whom webhooks tell: an HTTP server that answers as it is told, and remembers what it took. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Delivery {
	readonly headers: IncomingHttpHeaders;
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says it is.
	readonly events: readonly any[];
}

export interface Receiver {
	readonly url: string;
	/** Every request, those that were refused too. */
	readonly deliveries: readonly Delivery[];
	/** Of the requests that were taken, in order. */
	// biome-ignore lint/suspicious/noExplicitAny: as above.
	readonly events: readonly any[];
	/** The status of the next answers; undefined for none at all. */
	status: number | undefined;
	/** Headers of the next answers. */
	answerHeaders: Record<string, string>;
	close(): void;
}

/** @throws (in the answer: 400) for a signature that does not hold for these very bytes. */
export async function startReceiver(key: Buffer): Promise<Receiver> {
	const deliveries: Delivery[] = [];
	const server = createServer((request, response) => {
		let body = "";
		request.setEncoding("utf8").on("data", (text: string) => {
			body += text;
		});
		request.on("end", () => {
			const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = request.headers;
			const expected = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
			const isOurs = signature === `v1,${expected}` && Math.abs(Date.now() / 1000 - Number(time)) < 1e6;
			const status = isOurs ? receiver.status : 400;
			deliveries.push({ headers: request.headers, status: status ?? 0, events: JSON.parse(body).events });
			if (status !== undefined) response.writeHead(status, receiver.answerHeaders).end("thank you");
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const receiver: Receiver = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?secret=1`,
		deliveries,
		get events() {
			return deliveries.filter(({ status }) => status === 200).flatMap(({ events }) => events);
		},
		status: 200,
		answerHeaders: {},
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
	return receiver;
}
