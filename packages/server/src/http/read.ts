/** Reading over HTTP: short poll, long poll and event stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError, type Opening } from "@holdfast/protocol";
import type { Scope } from "../hub/scope.ts";
import type { Start } from "../log/log.ts";
import { isGone } from "../transport/outlet.ts";
import { type Answer, PollTransport, pollAnswer, pollForm } from "../transport/poll.ts";
import { type SseFrame, SseTransport, sseForms, sseHeaders } from "../transport/sse.ts";
import type { Form } from "../transport/transport.ts";
import { readGrants } from "./access.ts";
import { lastEventIdOf, limitOf, scopeOf, startsOf, tagOf, waitOf, wantsEvents } from "./parameters.ts";
import { isProxied } from "./peer.ts";
import { sendError } from "./respond.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Service } from "./service.ts";
import { type Standing, standOn } from "./standing.ts";
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
	const scope = scopeOf(segment, query, service.limits.maxChannelsPerConnection);
	const starts = startsOf(scope, query, lastEventIdOf(request));
	const limit = limitOf(query);
	const wait = waitOf(query, request);
	const naming = query.get("from") !== undefined;
	const head = request.method === "HEAD";
	const events = wantsEvents(request);
	if (!head && (events || wait > 0)) service.connections.checkRoom(request);
	const ask = () => readGrants(service.access, request, scope.channels, naming);
	const standing = standOn(await ask(), ask);
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
	const { service, request, response, scope, starts, standing: visitor } = reading;
	service.connections.admit(request, visitor.caller.subject);
	const form = pollForm(limit, scope.several);
	// Where the reader stands when its time is over; known once it has begun.
	let standing: Opening | undefined;
	const settle = () => {
		timer.cancel();
		remove();
		close();
	};
	const finish = (answer: Answer) => {
		settle();
		if (request.headers["prefer"] !== undefined) response.setHeader("Preference-Applied", `wait=${wait}`);
		sendAnswer(service, response, answer);
	};
	const nothing = { gaps: [], messages: [], cursors: [], more: false };
	const over = () => {
		const stale = service.log.freshness?.fresh === false;
		if (standing !== undefined) finish(form.page({ ...nothing, ...standing, ...(stale && { stale }) }));
		else
			sendError(request, response, new HoldfastError("store_unavailable", "The log has not answered in time."), service.random);
	};
	// Up to a sixteenth more, so that waits that began together do not end together.
	const timer = service.clock.after(wait * 1000 * (1 + service.random() / 16), over);
	const { remove } = service.connections.add(request, { leave: over }, { kind: "longPoll", standing: visitor, scope });
	const { begun, close } = service.hub.follow({
		scope,
		starts,
		kind: "longPoll",
		transport: new PollTransport(form, finish, over),
		limit: { messages: limit, bytes: service.limits.pageBytes },
		opened: (opening) => {
			standing = opening;
		},
	});
	response.once("close", settle);
	try {
		await begun;
	} catch (error) {
		settle();
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
		await begun;
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
