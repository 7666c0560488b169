import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { HoldfastError } from "@holdfast/protocol";
import { socketForms } from "../transport/socket.ts";
import { serveFull } from "./full-socket.ts";
import { lastEventIdOf, scopeOf, startsOf } from "./parameters.ts";
import { servePlain } from "./plain-socket.ts";
import { refuseUpgrade } from "./respond.ts";
import type { Service } from "./service.ts";
import { checkHandshake, checkSubprotocol } from "./sockets.ts";
import { forEver, standingOf } from "./standing.ts";
import { queryOf, segmentsOf } from "./target.ts";

/** Opens a WebSocket, or answers in HTTP why not; `next` is called for what is no route of ours. */
export async function upgrade(
	service: Service,
	request: IncomingMessage,
	raw: Duplex,
	head: Buffer,
	next?: () => void,
): Promise<void> {
	const segments = segmentsOf(request.url ?? "/", service.prefix);
	const segment = segments[2];
	const isChannel = segments.length === 4 && segments[0] === "v1" && segments[1] === "channels" && segments[3] === "messages";
	const isSet = segments.join("/") === "v1/messages";
	const isFull = segments.join("/") === "v1/socket";
	if (!isChannel && !isSet && !isFull && next !== undefined) {
		next();
		return;
	}
	// Until the WebSocket has it, nobody else listens for its errors.
	raw.on("error", () => raw.destroy());
	try {
		if (!isChannel && !isSet && !isFull) throw new HoldfastError("not_found", "There is no such route here.");
		checkHandshake(request);
		service.origins.check(request);
		await service.connections.enter(request, (leave) => whenGone(raw, leave));
		service.connections.checkRoom(request);
		if (isFull) await openFull(service, request, raw, head);
		else await openPlain(service, request, raw, head, isChannel ? segment : undefined);
	} catch (error) {
		refuseUpgrade(service, request, raw, error);
	}
}

async function openFull(service: Service, request: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
	checkSubprotocol(request);
	// Credentials may come later, by `auth`; those that have come must be good.
	const caller = await service.access.who(request);
	service.connections.admit(request, caller.subject);
	service.sockets.open(request, raw, head, socketForms.full, (open) => serveFull(service, open, caller));
}

async function openPlain(
	service: Service,
	request: IncomingMessage,
	raw: Duplex,
	head: Buffer,
	segment: string | undefined,
): Promise<void> {
	const query = queryOf(request.url ?? "/");
	const scope = scopeOf(segment, query, service.limits.maxChannelsPerConnection);
	const starts = startsOf(scope, query, lastEventIdOf(request));
	const { access } = service;
	const standing = access.isOpenTo(scope.channels) ? forEver : await standingOf(access, request, scope.channels);
	service.connections.admit(request, standing.caller.subject);
	const form = scope.several ? socketForms.several : socketForms.one;
	service.sockets.open(request, raw, head, form, (open) => servePlain(service, open, scope, starts, standing));
}

/** A peer sends nothing before it is answered, so what comes is its end; nobody reads the socket yet, and it would not tell. */
function whenGone(raw: Duplex, leave: () => void): () => void {
	const look = () => {
		const early: Buffer | null = raw.read();
		if (early !== null) raw.unshift(early);
	};
	const ended = () => raw.destroy();
	raw.once("close", leave).once("end", ended).once("readable", look);
	return () => void raw.off("close", leave).off("end", ended).off("readable", look);
}
