/** Publishing over HTTP. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError, type Problem, problem } from "@holdfast/protocol";
import type { Draft, Receipt } from "../log/log.ts";
import { publishedBy } from "./access.ts";
import { bodyTypeOf, decodeUtf8, readBody } from "./body.ts";
import { dataOfBody, dataOfValue, makeDraft } from "./draft.ts";
import { parseJson } from "./json.ts";
import { channelOf } from "./parameters.ts";
import { connectionOf } from "./peer.ts";
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
	service.publisher.admit(connectionOf(request), 1);
	const most = service.limits.maxMessageBytes;
	const [grant, body] = await Promise.all([service.access.check(request, channel, "publish"), readBody(request, most)]);
	const labels = {
		event: query.get("event"),
		key: query.get("key"),
		idempotencyKey: idempotencyKeyOf(request),
	};
	const draft = publishedBy(grant, makeDraft(channel, dataOfBody(body, type), labels, most));
	const { id, time, known } = await service.publisher.appendOne(draft);
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
	service.connections.checkDraining();
	const body = await readBody(request, batchBytes);
	const items = parseJson(decodeUtf8(body, "json"));
	if (!Array.isArray(items)) throw new HoldfastError("bad_request", "A batch is an array of messages.");
	if (items.length > batchItems) {
		throw new HoldfastError("too_large", `A batch may have ${batchItems} messages, not ${items.length}.`);
	}
	service.publisher.admit(connectionOf(request), items.length);
	const grants = new Grants(service, request);
	const drafts = await Promise.all(items.map((item) => draftOfItem(item, grants, service.limits.maxMessageBytes)));
	const receipts = await service.publisher.append(drafts.filter((draft): draft is Draft => "data" in draft));
	let next = 0;
	const answers = drafts.map((draft) => ("data" in draft ? answerOf(receipts[next++] as Receipt) : draft));
	sendJson(response, 201, JSON.stringify(answers));
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
async function draftOfItem(item: unknown, grants: Grants, most: number): Promise<Draft | Problem> {
	try {
		if (typeof item !== "object" || item === null) {
			throw new HoldfastError("bad_request", "An item is an object with channel and data.");
		}
		const { channel, data, encoding, event, key, idempotencyKey } = item as Record<string, unknown>;
		const draft = makeDraft(channel, dataOfValue(data, encoding), { event, key, idempotencyKey }, most);
		return publishedBy(await grants.get(draft.channel), draft);
	} catch (cause) {
		const error = asHoldfastError(cause, "publish");
		return problem(error.code, error.message);
	}
}

function answerOf(receipt: Receipt): object {
	if ("refused" in receipt) return problem(receipt.refused, receipt.detail);
	const { id, channel, time } = receipt;
	return { id, channel, time };
}
