/** Whether this process is well, for whoever starts it and whoever sends it readers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { sendJson } from "./respond.ts";
import type { Service } from "./service.ts";

export async function livez(_service: Service, _request: IncomingMessage, response: ServerResponse): Promise<void> {
	sendJson(response, 200, JSON.stringify({ live: true }));
}

/** @throws HoldfastError `draining`, `store_unavailable`. */
export async function readyz({ connections, log }: Service, _: IncomingMessage, response: ServerResponse): Promise<void> {
	connections.checkDraining();
	if (log.freshness?.fresh === false) {
		throw new HoldfastError("store_unavailable", "The log cannot be reached; readers stay and are told.", { retryAfter: 2 });
	}
	sendJson(response, 200, JSON.stringify({ ready: true }));
}
