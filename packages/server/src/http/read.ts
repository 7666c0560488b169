/** Reading over HTTP: short poll, long poll and event stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Scope } from "../hub/scope.ts";
import type { Start } from "../log/log.ts";
import { isGone } from "../transport/outlet.ts";
import { pollAnswer } from "../transport/poll.ts";
import { type SseFrame, SseTransport, sseForms, sseHeaders } from "../transport/sse.ts";
import type { Form } from "../transport/transport.ts";
import { LongPoll } from "./long-poll.ts";
import { tagOf, wantsEvents } from "./parameters.ts";
import { isProxied } from "./peer.ts";
import { questionOf } from "./question.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Service } from "./service.ts";
import { forEver, type Standing, standingOf } from "./standing.ts";
import type { Query } from "./target.ts";

interface Reading {
	readonly service: Service;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly scope: Scope;
	readonly starts: readonly Start[];
	readonly standing: Standing;
}

/** `GET` and `HEAD` of `/v1/channels/{channel}/messages` and, without a segment, of `/v1/messages`. */
export async function readMessages(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
	segment?: string,
): Promise<void> {
	const { access, connections, limits } = service;
	const { scope, starts, limit, wait, naming } = questionOf(request, query, segment, limits.maxChannelsPerConnection);
	const head = request.method === "HEAD";
	const events = wantsEvents(request);
	if (!head && (events || wait > 0)) connections.checkRoom(request);
	const isOpen = access.isOpenTo(scope.channels);
	const standing = isOpen ? forEver : await standingOf(access, request, scope.channels, naming);
	// Gone while access was being decided: it will not close a second time, so nothing could end its reading.
	if (isGone(response)) return;
	const reading = { service, request, response, scope, starts, standing };
	if (events) {
		if (head) response.writeHead(200, sseHeaders).end();
		else await stream(reading, formOf(query));
	} else if (wait === 0 || head) await poll(reading, limit);
	else await longPoll(reading, limit, wait);
}

async function poll({ service, request, response, scope, starts }: Reading, limit: number): Promise<void> {
	service.connections.checkDraining();
	const { delivery } = await service.hub.read(scope, starts, { messages: limit, bytes: service.limits.pageBytes });
	const answer = pollAnswer(delivery.page, scope.several);
	const tag = tagOf(answer.next);
	if (answer.empty && matches(request.headers["if-none-match"], tag)) {
		response.writeHead(304, { ETag: tag, "Cache-Control": "no-store" }).end();
	} else {
		sendAnswer(service, response, answer);
	}
}

async function longPoll(reading: Reading, limit: number, wait: number): Promise<void> {
	const { service, request, response, scope, starts, standing } = reading;
	service.connections.admit(request, standing.caller.subject);
	const poll = new LongPoll(service, request, response, { scope, wait, limit });
	const { remove } = service.connections.add(request, poll, { kind: "longPoll", standing, scope });
	const { begun, close } = service.hub.follow({
		scope,
		starts,
		kind: "longPoll",
		transport: poll,
		limit: { messages: limit, bytes: service.limits.pageBytes },
		opened: (opening) => poll.begins(opening),
	});
	poll.waits(remove, close);
	try {
		if (begun !== undefined) await begun;
	} catch (error) {
		poll.settle();
		throw error;
	}
}

async function stream({ service, request, response, scope, starts, standing }: Reading, form: Form<SseFrame>): Promise<void> {
	const { comments, connections, hub } = service;
	connections.admit(request, standing.caller.subject);
	const transport = new SseTransport(response, form, service.streams);
	const { remove } = connections.add(request, transport, { kind: "sse", standing, scope });
	const { begun, close } = hub.follow({
		scope,
		starts,
		kind: "sse",
		transport,
		opened: (opening) => {
			transport.open(opening, isProxied(request));
			comments.touch(transport);
		},
	});
	const settle = () => {
		remove();
		close();
		comments.remove(transport);
	};
	response.on("close", settle);
	try {
		if (begun !== undefined) await begun;
	} catch (error) {
		settle();
		throw error;
	}
}

function formOf(query: Query): Form<SseFrame> {
	return sseForms[query.get("data") === "raw" ? "raw" : "json"][query.get("event") === "message" ? "unnamed" : "named"];
}

/** Whether `If-None-Match` names the tag, weakly or not. */
export function matches(header: string | undefined, tag: string): boolean {
	return header?.split(",").some((text) => text.trim().replace(/^W\//, "") === tag) ?? false;
}
