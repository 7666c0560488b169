/** `GET /metrics`: who may ask, and that it is never kept; what it says is for the caller of the library. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "./respond.ts";
import type { Service } from "./service.ts";

export async function serveMetrics(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
	await service.access.check(request, null, "admin");
	const answer = await service.metrics?.();
	if (answer !== undefined) send(response, 200, answer.text, { "Content-Type": answer.type, "Cache-Control": "no-store" });
}
