/** Publishing over HTTP. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError, type Problem, problem, readTraceparent } from "@holdfast/protocol";
import type { Draft, Receipt } from "../log/log.ts";
import { publishedBy } from "./access.ts";
import { bodyTypeOf, decodeUtf8, readBody } from "./body.ts";
import { dataOfBody, dataOfValue, makeDraft } from "./draft.ts";
import { parseJson } from "./json.ts";
import { channelOf } from "./parameters.ts";
import type { Sender } from "./publish-limits.ts";
import type { Publisher } from "./publisher.ts";
import { asHoldfastError, sendJson } from "./respond.ts";
import type { Service } from "./service.ts";
import type { Query } from "./target.ts";

const batchItems = 1000;
const batchBytes = 1024 * 1024;

/** `POST /v1/channels/{channel}/messages` */
export async function publishOne(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
	segment: string,
): Promise<void> {
	const channel = channelOf(segment);
	const type = bodyTypeOf(request);
	const { publisher } = service;
	const sender = publisher.senderOf(request);
	publisher.admit(sender);
	const most = service.limits.maxMessageBytes;
	const reading = readBody(request, most);
	const granting = service.access.openGrant ?? service.access.check(request, channel, "publish");
	// Nothing is waited for where there is nothing to wait for: each promise costs a publish more than its checks.
	const isThere = !(reading instanceof Promise || granting instanceof Promise);
	const [grant, body] = isThere ? [granting, reading] : await Promise.all([granting, reading]);
	publisher.pay(sender, 0, body.length);
	const labels = {
		event: query.get("event"),
		key: query.get("key"),
		idempotencyKey: idempotencyKeyOf(request),
		// As its specification asks, a header that is none is no reason to refuse.
		traceparent: readTraceparent(String(request.headers["traceparent"])),
	};
	const draft = publishedBy(grant, makeDraft(channel, dataOfBody(body, type), labels, most));
	publisher.chargeOne(sender, grant.caller.subject, draft);
	const checking = service.schemas.check(draft);
	if (checking !== undefined) await checking;
	const { id, time, known } = await publisher.appendOne(draft);
	sendJson(response, known ? 200 : 201, JSON.stringify({ id, channel, time }));
}

/** Node reads a header's bytes as Latin-1, and most clients write UTF-8: where the bytes are that, they are taken as that. */
function idempotencyKeyOf(request: IncomingMessage): string | undefined {
	const key = request.headers["idempotency-key"];
	if (key === undefined) return undefined;
	const bytes = Buffer.from(String(key), "latin1");
	return isUtf8(bytes) ? bytes.toString() : String(key);
}

/** `POST /v1/messages`: in order, not all-or-nothing. */
export async function publishBatch(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (bodyTypeOf(request) !== "json") {
		throw new HoldfastError("unsupported_type", "Send a batch as Content-Type: application/json.");
	}
	const { publisher } = service;
	const sender = publisher.senderOf(request);
	publisher.admit(sender);
	const body = await readBody(request, batchBytes);
	publisher.pay(sender, 0, body.length);
	const items = parseJson(decodeUtf8(body, "json"));
	if (!Array.isArray(items)) throw new HoldfastError("bad_request", "A batch is an array of messages.");
	if (items.length > batchItems) {
		throw new HoldfastError("too_large", `A batch may have ${batchItems} messages, not ${items.length}.`);
	}
	publisher.pay(sender, items.length - 1, 0);
	const grants = new Grants(service, request);
	const drafts = await Promise.all(items.map((item) => draftOfItem(item, grants, service)));
	const answers = charged(publisher, sender, drafts);
	const receipts = await publisher.append(answers.filter((draft): draft is Draft => "data" in draft));
	let next = 0;
	const told = answers.map((draft) => ("data" in draft ? answerOf(receipts[next++] as Receipt) : draft));
	sendJson(response, 201, JSON.stringify(told));
}

/** With a problem in place of each draft whose subject or channel is over a limit. */
function charged(publisher: Publisher, sender: Sender, items: readonly (Draft | Problem)[]): readonly (Draft | Problem)[] {
	const drafts = items.filter((item): item is Draft => "data" in item);
	const subject = drafts.find(({ from }) => from !== undefined)?.from;
	const refusals = publisher.charge(sender, subject, drafts);
	let next = 0;
	return items.map((item) => {
		const refusal = "data" in item ? refusals[next++] : undefined;
		return refusal === undefined ? item : problem(refusal.code, refusal.message);
	});
}

/** Access is asked once a channel. */
class Grants {
	readonly #service: Service;
	readonly #request: IncomingMessage;
	readonly #asked = new Map<string, ReturnType<Service["access"]["check"]>>();

	constructor(service: Service, request: IncomingMessage) {
		this.#service = service;
		this.#request = request;
	}

	get(channel: string): ReturnType<Service["access"]["check"]> {
		let grant = this.#asked.get(channel);
		if (grant === undefined) {
			grant = this.#service.access.check(this.#request, channel, "publish");
			this.#asked.set(channel, grant);
		}
		return grant;
	}
}

/** The draft of an item, or the problem that stands in its place. */
async function draftOfItem(item: unknown, grants: Grants, { limits, schemas }: Service): Promise<Draft | Problem> {
	try {
		if (typeof item !== "object" || item === null) {
			throw new HoldfastError("bad_request", "An item is an object with channel and data.");
		}
		const { channel, data, encoding, ...labels } = item as Record<string, unknown>;
		const draft = makeDraft(channel, dataOfValue(data, encoding), labels, limits.maxMessageBytes);
		const grant = await grants.get(draft.channel);
		await schemas.check(draft);
		return publishedBy(grant, draft);
	} catch (cause) {
		const error = asHoldfastError(cause, "publish");
		return problem(error.code, error.message, error);
	}
}

function answerOf(receipt: Receipt): object {
	if ("refused" in receipt) return problem(receipt.refused, receipt.detail);
	const { id, channel, time } = receipt;
	return { id, channel, time };
}
