/** Reading over HTTP: short poll, long poll and event stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isGone } from "../transport/outlet.ts";
import { pollAnswer } from "../transport/poll.ts";
import { type SseFrame, SseTransport, sseForms, sseHeaders } from "../transport/sse.ts";
import type { Form } from "../transport/transport.ts";
import { LongPoll } from "./long-poll.ts";
import { tagOf, wantsEvents } from "./parameters.ts";
import { isProxied } from "./peer.ts";
import { type Question, questionOf } from "./question.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Service } from "./service.ts";
import { forEver, type Standing, standingOf } from "./standing.ts";
import type { Query } from "./target.ts";

interface Reading {
	readonly service: Service;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly query: Query;
	readonly question: Question;
	readonly standing: Standing;
}

/** `GET` and `HEAD` of `/v1/channels/{channel}/messages` and, without a segment, of `/v1/messages`. */
export function readMessages(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
	segment?: string,
): Promise<void> | undefined {
	const question = questionOf(request, query, segment, service.limits.maxChannelsPerConnection);
	const { channels } = question.scope;
	if (service.access.isOpenTo(channels)) return answer({ service, request, response, query, question, standing: forEver });
	return askAndAnswer(service, request, response, query, question);
}

async function askAndAnswer(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
	question: Question,
): Promise<void> {
	const { scope, wait, naming } = question;
	if (request.method !== "HEAD" && (wantsEvents(request) || wait > 0)) service.connections.checkRoom(request);
	const standing = await standingOf(service.access, request, scope.channels, naming);
	// Gone while access was being decided: it will not close a second time, so nothing could end its reading.
	if (!isGone(response)) await answer({ service, request, response, query, question, standing });
}

function answer(reading: Reading): Promise<void> | undefined {
	const { request, response, query, question } = reading;
	const head = request.method === "HEAD";
	if (wantsEvents(request)) {
		if (!head) return stream(reading, formOf(query));
		response.writeHead(200, sseHeaders).end();
		return undefined;
	}
	return question.wait === 0 || head ? poll(reading) : longPoll(reading);
}

async function poll({ service, request, response, question: { scope, starts, limit } }: Reading): Promise<void> {
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

function longPoll({ service, request, response, question, standing }: Reading): Promise<void> | undefined {
	const { scope, starts, limit } = question;
	service.connections.admit(request, standing.caller.subject);
	const poll = new LongPoll(service, request, response, question);
	service.connections.add(request, poll, { kind: "longPoll", standing, scope });
	const { begun, close } = service.hub.follow({
		scope,
		starts,
		kind: "longPoll",
		transport: poll,
		limit: { messages: limit, bytes: service.limits.pageBytes },
		opened: (opening) => poll.begins(opening),
	});
	poll.waits(close);
	return begun?.catch((error: unknown) => {
		poll.settle();
		throw error;
	});
}

function stream({ service, request, response, question, standing }: Reading, form: Form<SseFrame>): Promise<void> | undefined {
	const { scope, starts } = question;
	const { comments, connections, hub } = service;
	connections.admit(request, standing.caller.subject);
	const transport = new SseTransport(response, form, service.streams);
	connections.add(request, transport, { kind: "sse", standing, scope });
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
		connections.remove(transport);
		close();
		comments.remove(transport);
	};
	response.on("close", settle);
	return begun?.catch((error: unknown) => {
		settle();
		throw error;
	});
}

function formOf(query: Query): Form<SseFrame> {
	return sseForms[query.get("data") === "raw" ? "raw" : "json"][query.get("event") === "message" ? "unnamed" : "named"];
}

/** Whether `If-None-Match` names the tag, weakly or not. */
export function matches(header: string | undefined, tag: string): boolean {
	return header?.split(",").some((text) => text.trim().replace(/^W\//, "") === tag) ?? false;
}
