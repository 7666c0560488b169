/** WebSocket, plain form: messages out, each a frame; frames in, each published. */
import { closeCodes, HoldfastError, type Opening, opOpen } from "@holdfast/protocol";
import type { Scope } from "../hub/scope.ts";
import type { Start } from "../log/log.ts";
import { type Grant, publishedBy } from "./access.ts";
import { type Data, dataOfBytes, makeDraft } from "./draft.ts";
import { Inbox } from "./inbox.ts";
import { parseJson, toJson } from "./json.ts";
import { asHoldfastError, tellRefused } from "./respond.ts";
import type { Service } from "./service.ts";
import { closeCodeOf, type OpenSocket, tryAgainLater } from "./sockets.ts";
import { type Standing, untilOf } from "./standing.ts";

export function servePlain(service: Service, open: OpenSocket, scope: Scope, starts: readonly Start[], standing: Standing): void {
	const { request, socket, transport } = open;
	const { connections, hub } = service;
	connections.add(request, transport, { kind: "websocket", standing, scope });
	const opened = (opening: Opening) => void transport.tell(opOpen(opening));
	const { begun, close } = hub.follow({ scope, starts, kind: "websocket", transport, opened });
	begun?.catch((error: unknown) => socket.close(tryAgainLater, refusal(error, "read", scope).code));
	socket.on("close", () => {
		connections.remove(transport);
		close();
	});
	receive(service, open, scope, standing);
}

/** Publishes what comes in, in order. A frame that is refused has no answer: the close code says why. */
function receive(
	{ access, clock, limits, publisher, schemas }: Service,
	{ request, socket, transport }: OpenSocket,
	scope: Scope,
	standing: Standing,
): void {
	const ask = access.asker(request, "publish");
	const sender = publisher.senderOf(request);
	let grant: Promise<Grant> | undefined;
	// Most readers never publish.
	let inbox: Inbox | undefined;
	socket.on("message", (data, isBinary) => {
		const refuse = (cause: unknown) => {
			const error = refusal(cause, "publish", scope);
			// Its time was just over: whoever comes back with new credentials may publish.
			const hasExpired = standing.until <= clock.now();
			socket.close(hasExpired ? closeCodes.expired : closeCodeOf(error), error.code);
		};
		inbox ??= new Inbox(socket, transport);
		inbox.take(async () => {
			try {
				const [channel] = scope.channels;
				if (scope.several) throw new HoldfastError("bad_operation", "On several channels nothing is published.");
				publisher.admit(sender);
				publisher.pay(sender, 0, (data as Buffer).length);
				const draft = makeDraft(channel, dataOfFrame(data as Buffer, isBinary), {}, limits.maxMessageBytes);
				if (grant === undefined || untilOf(await grant) <= clock.now()) grant = ask(draft.channel);
				const granted = await grant;
				publisher.chargeOne(sender, granted.caller.subject, draft);
				await schemas.check(draft);
				const appended = publisher.appendOne(publishedBy(granted, draft));
				return { done: appended.catch(refuse) };
			} catch (error) {
				refuse(error);
				return undefined;
			}
		});
	});
}

/** The scope says where: to keep the request for it would cost each reader that never fails. */
function refusal(cause: unknown, during: string, { channels, several }: Scope): HoldfastError {
	const asked = { method: "WS", path: several ? "/v1/messages" : `/v1/channels/${channels[0]}/messages` };
	const error = asHoldfastError(cause, during, asked);
	tellRefused(error, asked);
	return error;
}

/** Text that is JSON is that value, other text a string. */
function dataOfFrame(data: Buffer, isBinary: boolean): Data {
	if (isBinary) return dataOfBytes(data);
	const text = data.toString();
	let value: unknown = text;
	try {
		value = parseJson(text);
	} catch {}
	return { json: toJson(value), size: data.length };
}
