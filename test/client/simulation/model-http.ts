/** The model server's polls, event streams and publishing by POST. */
import {
	type ErrorCode,
	errors,
	type Page,
	parseCursor,
	pollBody,
	problem,
	sseBye,
	sseComment,
	sseLive,
	sseOpen,
	ssePage,
} from "@holdfast/protocol";
import type { Start } from "./model-log.ts";
import { type Item, type ModelService, Standing } from "./model-service.ts";
import type { Reply, Request } from "./network.ts";

const commentEvery = 15_000;

export function answer(service: ModelService, request: Request, reply: Reply): void {
	const { method, query, headers } = request;
	const token = headers.get("Authorization")?.slice("Bearer ".length);
	const stream = headers.get("Accept") === "text/event-stream";
	service.world.trace(() => `  → ${method} ${decodeURIComponent(query.toString())}${request.body}`);
	if (service.down) reply.end();
	else if (service.busy) sendAway(service, stream, reply);
	else if (method === "POST") publish(service, JSON.parse(request.body) as Item[], token, reply);
	else {
		const starts = new Map(query.getAll("from").map(startOf));
		const refused = [...starts.keys()].find((name) => service.refusal(name, token) !== undefined);
		if (starts.size === 0) refuse(reply, "bad_request");
		else if (refused !== undefined) refuse(reply, service.refusal(refused, token) as ErrorCode, undefined, refused);
		else if (stream) send(service, new Standing(service, starts), reply);
		else poll(service, new Standing(service, starts), Number(query.get("limit")), Number(query.get("wait") ?? 0), reply);
	}
}

function startOf(from: string): [string, Start] {
	const at = from.lastIndexOf(":");
	const text = from.slice(at + 1);
	if (text === "first" || text === "now") return [from.slice(0, at), text];
	const start = text.startsWith("last.") ? { last: Number(text.slice(5)) } : parseCursor(text);
	if (start === undefined) throw new Error(`No start: ${from}`);
	return [from.slice(0, at), start];
}

/** To a stream all but what will never be allowed is a 200 with `$bye`. */
function sendAway({ retryAfter, busyWith }: ModelService, stream: boolean, reply: Reply): void {
	if (!stream) refuse(reply, busyWith, retryAfter);
	else {
		reply.head(200);
		reply.write(sseBye(busyWith === "overloaded" ? "overload" : "rate", retryAfter * 1000));
		reply.end();
	}
}

function refuse(reply: Reply, code: ErrorCode, retryAfter?: number, channel?: string): void {
	reply.head(errors[code].status, retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) });
	reply.write(JSON.stringify(problem(code, "Refused.", { channel })));
	reply.end();
}

function publish(service: ModelService, items: readonly Item[], token: string | undefined, reply: Reply): void {
	const receipts = items.map((item) => {
		const refusal = service.refusal(item.channel, token);
		return refusal === undefined ? service.publish(item) : problem(refusal, "Refused.");
	});
	if (!service.chance.happens(service.forgetful)) {
		reply.head(201);
		reply.write(JSON.stringify(receipts));
	}
	reply.end();
}

function poll(service: ModelService, standing: Standing, limit: number, wait: number, reply: Reply): void {
	const most = Math.min(limit, service.policy.page);
	const page = standing.read(most);
	const tell = (found: Page) => {
		reply.head(200);
		reply.write(pollBody({ ...found, places: standing.begun }, true));
		reply.end();
	};
	const isEmpty = ({ messages, gaps }: Page) => messages.length + gaps.length === 0;
	if (wait === 0 || !isEmpty(page)) {
		tell(page);
		return;
	}
	const settle = (found: Page) => {
		end();
		cancel();
		tell(found);
	};
	const end = service.follow(standing.names, () => {
		const grown = standing.read(most);
		if (!isEmpty(grown)) settle(grown);
	});
	const cancel = service.world.after(wait * 1000 * (1 + service.chance.next() / 16), () => settle(standing.read(most)));
	reply.onClose = () => {
		end();
		cancel();
	};
}

function send(service: ModelService, standing: Standing, reply: Reply): void {
	const { world, policy } = service;
	reply.head(200);
	reply.write(sseOpen({ next: standing.next, places: standing.begun }, 1500));
	let cancel: () => void;
	const comment = () => {
		cancel = world.after(commentEvery, () => {
			reply.write(sseComment(""));
			comment();
		});
	};
	comment();
	const pump = () => {
		for (let more = true; more; ) {
			const page = standing.read(policy.page);
			const text = ssePage(page, false);
			if (text !== "") reply.write(text);
			({ more } = page);
		}
	};
	pump();
	reply.write(sseLive(standing.next));
	const end = service.follow(standing.names, pump);
	const settle = () => {
		cancel();
		end();
		stay();
	};
	const stay = service.onDrain(() => {
		settle();
		reply.write(sseBye("draining", 200));
		reply.end();
	});
	reply.onClose = settle;
}
