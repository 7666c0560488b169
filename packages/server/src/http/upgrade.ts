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
import { forEver, type Standing, standingOf } from "./standing.ts";
import { queryOf, segmentsOf } from "./target.ts";

/** Opens a WebSocket, or answers in HTTP why not; `next` is called for what is no route of ours. */
export function upgrade(service: Service, request: IncomingMessage, raw: Duplex, head: Buffer, next?: () => void): void {
	const segments = segmentsOf(request.url ?? "/", service.prefix);
	const path = segments.join("/");
	const isChannel = segments.length === 4 && segments[0] === "v1" && segments[1] === "channels" && segments[3] === "messages";
	const isOurs = isChannel || path === "v1/messages" || path === "v1/socket";
	if (!isOurs && next !== undefined) {
		next();
		return;
	}
	// Until the WebSocket has it, nobody else listens for its errors.
	raw.on("error", destroy);
	const refused = (error: unknown) => refuseUpgrade(service, request, raw, error);
	try {
		if (!isOurs) throw new HoldfastError("not_found", "There is no such route here.");
		checkHandshake(request);
		service.origins.check(request);
		const open = () => {
			service.connections.checkRoom(request);
			if (path === "v1/socket") return openFull(service, request, raw, head);
			return openPlain(service, request, raw, head, isChannel ? segments[2] : undefined);
		};
		const entered = service.connections.enter(request, (leave) => whenGone(raw, leave));
		const opened = entered === undefined ? open() : entered.then(open);
		opened?.catch(refused);
	} catch (error) {
		refused(error);
	}
}

async function openFull(service: Service, request: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
	checkSubprotocol(request);
	// Credentials may come later, by `auth`; those that have come must be good.
	const caller = await service.access.who(request);
	service.connections.admit(request, caller.subject);
	service.sockets.open(request, raw, head, socketForms.full, (open) => serveFull(service, open, caller));
}

function openPlain(
	service: Service,
	request: IncomingMessage,
	raw: Duplex,
	head: Buffer,
	segment: string | undefined,
): Promise<void> | undefined {
	const query = queryOf(request.url ?? "/");
	const scope = scopeOf(segment, query, service.limits.maxChannelsPerConnection);
	const starts = startsOf(scope, query, lastEventIdOf(request));
	const open = (standing: Standing) => {
		service.connections.admit(request, standing.caller.subject);
		const form = scope.several ? socketForms.several : socketForms.one;
		service.sockets.open(request, raw, head, form, (opened) => servePlain(service, opened, scope, starts, standing));
	};
	if (!service.access.isOpenTo(scope.channels)) return standingOf(service.access, request, scope.channels).then(open);
	open(forEver);
	return undefined;
}

/** Of no request: it stays as long as the connection. */
function destroy(this: Duplex): void {
	this.destroy();
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
