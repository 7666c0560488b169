/**
 * The server as the wire shows it, over a log that may be harmed: it forgets, begins anew and refuses when it is told to. Not the
 * real one: that cannot lose its tail, drop an answer or be late on demand, and a truth that it kept itself would prove
 * little. What it sends is made by the protocol's own encoders.
 */
import { answer } from "./model-http.ts";
import { ModelService } from "./model-service.ts";
import { ModelSocket } from "./model-socket.ts";
import type { Peer, Reply, Request, Server } from "./network.ts";

export class ModelServer extends ModelService implements Server {
	request(request: Request, reply: Reply): void {
		answer(this, request, reply);
	}

	accept(peer: Peer): void {
		if (this.down || this.busy) peer.close(1006);
		else new ModelSocket(this, peer);
	}
}
