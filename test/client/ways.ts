/** The client as further ways to read, so that the delivery specification runs once more through it. */
import { type Client, connect, type Message, type SubscribeOptions } from "@holdfast/client";
import { type Way as ClientWay, connect as connectBy } from "@holdfast/client/core";
import { longPoll } from "@holdfast/client/long-poll";
import { realEnvironment } from "@holdfast/client/real-environment";
import { shortPollEvery } from "@holdfast/client/short-poll";
import { sse } from "@holdfast/client/sse";
import { websocket } from "@holdfast/client/websocket";
import { TestReader, type Way, type WireMessage } from "../../packages/server/src/testing/index.ts";

/** As it came over the wire, for those who compare. */
function wireMessage({ data, ...message }: Message): WireMessage {
	if (!(data instanceof Uint8Array)) return { ...message, data };
	return { ...message, data: Buffer.from(data).toString("base64"), encoding: "base64" };
}

type Reading = Client & {
	channel(name: string): { subscribe(onMessage: (message: Message) => unknown, options: SubscribeOptions): unknown };
};

function throughClient(name: string, open: (url: string) => Reading): Way {
	return {
		name: `the client over ${name}`,
		headers: false,
		sets: false,
		stays: false,
		async open({ host, port }, where) {
			const { channels, after, last } = where;
			const holdfast = open(`http://${host}:${port}`);
			const reader: TestReader = new TestReader(where, () => holdfast.close());
			holdfast.on("error", (error) => reader.fail(error));
			await new Promise<void>((begun, refused) => {
				holdfast.channel(channels[0] ?? "").subscribe((message) => reader.message(wireMessage(message), message.id), {
					...(after === undefined ? {} : { after }),
					...(last === undefined ? {} : { last }),
					onGap: (gap) => reader.gap(gap),
					onBegin(cursor) {
						reader.opened(cursor);
						begun();
					},
					onEnd(error) {
						reader.end(error.code);
						refused(error);
					},
				});
			});
			return reader;
		},
	};
}

const by = (transport: ClientWay) => (url: string) => connectBy(url, { transport, environment: realEnvironment });

export const clientWays: readonly Way[] = [
	throughClient("WebSocket", by(websocket)),
	throughClient("SSE", by(sse)),
	throughClient("long poll", by(longPoll)),
	throughClient("short poll", by(shortPollEvery(10))),
	throughClient("auto", (url) => connect(url)),
];
