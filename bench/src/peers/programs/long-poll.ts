/** Long polls as anyone would answer them: who asks waits for the next message; a number says what the reader has. */
import type { ServerResponse } from "node:http";
import { listen, plainServer } from "./serve.ts";

interface Channel {
	/** The newest messages, and how many there were before them. */
	readonly messages: string[];
	before: number;
	readonly waiting: Set<ServerResponse>;
}

const kept = 1000;
const channels = new Map<string, Channel>();

function channelNamed(name: string): Channel {
	const channel = channels.get(name) ?? { messages: [], before: 0, waiting: new Set() };
	channels.set(name, channel);
	return channel;
}

function answer(response: ServerResponse, { messages, before }: Channel, after: number): void {
	response.setHeader("X-Next", before + messages.length);
	response.setHeader("Content-Type", "application/json");
	response.end(JSON.stringify(messages.slice(Math.max(0, after - before))));
}

const server = plainServer(
	(name, text) => {
		const channel = channelNamed(name);
		channel.messages.push(text);
		if (channel.messages.length > 2 * kept) channel.before += channel.messages.splice(0, kept).length;
		const newest = channel.before + channel.messages.length - 1;
		for (const response of channel.waiting) answer(response, channel, newest);
		channel.waiting.clear();
	},
	(request, response, name) => {
		const channel = channelNamed(name);
		const now = channel.before + channel.messages.length;
		const after = Number(new URL(request.url ?? "/", "http://localhost").searchParams.get("after") ?? now);
		if (after < now) {
			answer(response, channel, after);
			return;
		}
		channel.waiting.add(response);
		response.on("close", () => channel.waiting.delete(response));
	},
);

listen(server);
