/** What administrators do about those who are connected: see them, end a connection, revoke credentials. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { readRevocation, revocationsChannel } from "../identity/revocations.ts";
import { bodyTypeOf, decodeUtf8, readBody } from "./body.ts";
import { parseJson } from "./json.ts";
import { wholeNumber } from "./parameters.ts";
import { sendJson } from "./respond.ts";
import type { Service } from "./service.ts";
import type { Query } from "./target.ts";

/** Each server ends here what is its own. */
export const disconnectsChannel = "$disconnects";

const mostBytes = 4096;

/** `POST /v1/tickets` */
export async function issueTicket({ access }: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
	sendJson(response, 201, JSON.stringify(await access.issueTicket(request)));
}

/** `POST /v1/revocations`: answered when it is kept; every node acts on it by itself. */
export async function revoke(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
	await service.access.check(request, null, "admin");
	if (bodyTypeOf(request) !== "json") throw new HoldfastError("unsupported_type", "Send Content-Type: application/json.");
	const revocation = readRevocation(parseJson(decodeUtf8(await readBody(request, mostBytes), "json")));
	await service.publisher.appendOne({ channel: revocationsChannel, data: JSON.stringify(revocation) });
	response.writeHead(204, { "Cache-Control": "no-store" }).end();
}

/** `GET /v1/connections?limit=&after=`: those of this server, oldest first. */
export async function listConnections(
	{ access, attendance }: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
): Promise<void> {
	await access.check(request, null, "admin");
	const limit = query.get("limit");
	const after = query.get("after");
	const { connections, more } = attendance.list(after, limit === undefined ? 100 : wholeNumber("limit", limit, 1, 1000));
	const next = connections.at(-1)?.id ?? after ?? null;
	sendJson(response, 200, JSON.stringify({ node: attendance.node, connections, next, more }));
}

/** `DELETE /v1/connections/{id}`: sent away, to come back with its cursor. Who is to stay away is revoked. */
export async function disconnect(
	{ access, attendance, publisher }: Service,
	request: IncomingMessage,
	response: ServerResponse,
	_query: Query,
	id: string,
): Promise<void> {
	await access.check(request, null, "admin");
	if (!attendance.disconnect(id)) {
		if (attendance.owns(id) || !/^[0-9a-z]{1,9}-\d{1,15}$/.test(id))
			throw new HoldfastError("not_found", "There is no such connection.");
		await publisher.appendOne({ channel: disconnectsChannel, data: JSON.stringify({ id }) });
		response.writeHead(202, { "Cache-Control": "no-store" }).end();
		return;
	}
	response.writeHead(204, { "Cache-Control": "no-store" }).end();
}
