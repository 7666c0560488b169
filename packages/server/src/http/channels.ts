/** Describing, listing and removing channels. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { formatCursor } from "@holdfast/protocol";
import type { ChannelInfo } from "../log/log.ts";
import { channelOf, wholeNumber } from "./parameters.ts";
import { sendJson } from "./respond.ts";
import type { Service } from "./service.ts";
import type { Query } from "./target.ts";

/** `GET /v1/channels/{channel}` */
export async function describeChannel(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	_query: Query,
	segment: string,
): Promise<void> {
	const channel = channelOf(segment);
	await service.access.check(request, channel, "admin");
	sendJson(response, 200, JSON.stringify(told(service, await service.log.describe(channel))));
}

/** `GET /v1/channels?prefix=&limit=&after=` */
export async function listChannels(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
): Promise<void> {
	await service.access.check(request, null, "admin");
	const limit = query.get("limit");
	const after = query.get("after") ?? "";
	const { channels, more } = await service.log.list({
		prefix: query.get("prefix") ?? "",
		after,
		limit: limit === undefined ? 100 : wholeNumber("limit", limit, 1, 1000),
	});
	const next = channels.at(-1)?.channel ?? after;
	sendJson(response, 200, JSON.stringify({ channels: channels.map((info) => told(service, info)), next, more }));
}

/** `DELETE /v1/channels/{channel}` */
export async function removeChannel(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	_query: Query,
	segment: string,
): Promise<void> {
	const channel = channelOf(segment);
	await service.access.check(request, channel, "admin");
	await service.log.remove(channel);
	response.writeHead(204, { "Cache-Control": "no-store" }).end();
}

function told(service: Service, info: ChannelInfo): object {
	return {
		channel: info.channel,
		head: formatCursor(info.head),
		first: info.first === null ? null : formatCursor(info.first),
		messages: info.messages,
		readers: service.hub.count(info.channel),
	};
}
