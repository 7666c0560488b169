/** What lies between the client and the model server: whatever goes through it may be slow, cut, lost or forbidden. */
import type { Chance } from "./chance.ts";
import { type Latency, Wire } from "./wire.ts";
import type { World } from "./world.ts";

export interface Request {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: Headers;
	readonly body: string;
}

/** What a server sends in answer, in this order: one head, and pieces of the body. */
export type Piece =
	| { readonly status: number; readonly headers: Readonly<Record<string, string>> }
	| { readonly bytes: Uint8Array };

/** The server's end of a request. */
export interface Reply {
	head(status: number, headers?: Readonly<Record<string, string>>): void;
	write(text: string): void;
	end(): void;
	/** The client is gone, or the connection is. */
	onClose: () => void;
}

/** The server's end of a WebSocket. */
export interface Peer {
	send(text: string): void;
	close(code: number): void;
	onText: (text: string) => void;
	onClose: () => void;
}

export interface Server {
	request(request: Request, reply: Reply): void;
	accept(peer: Peer): void;
}

/** The client's end of a request. */
export interface Asker {
	piece(piece: Piece): void;
	closed(cut: boolean): void;
}

/** The client's end of a WebSocket. */
export interface Caller {
	open(): void;
	text(text: string): void;
	closed(code: number): void;
}

/** How what lies between treats each way in. */
export interface Treatment {
	websocket: "well" | "refused" | "silent" | "killed";
	sse: "well" | "held" | "forbidden";
	/** Seconds after which a proxy cuts a request that has no answer. */
	patience: number;
}

type SocketDown = "accept" | { readonly text: string } | { readonly code: number };

const utf8 = new TextEncoder();
const unharmed: Treatment = { websocket: "well", sse: "well", patience: 3600 };

export class Network {
	latency: Latency = { least: 1, most: 20 };
	treatment: Treatment = { ...unharmed };
	/** Nothing gets through, and who tries learns it (or not, where it is `silent`). */
	down: false | "refused" | "silent" = false;
	/** How often a request that publishes gets to the server twice. */
	doubled = 0;
	readonly #world: World;
	readonly #chance: Chance;
	readonly #server: Server;
	readonly #wires = new Set<Wire<unknown, unknown>>();

	constructor(world: World, chance: Chance, server: Server) {
		this.#world = world;
		this.#chance = chance;
		this.#server = server;
	}

	get wires(): readonly Pick<Wire<unknown, unknown>, "cut" | "vanish" | "delay" | "finish">[] {
		return [...this.#wires];
	}

	heal(): void {
		this.treatment = { ...unharmed };
		this.down = false;
		this.doubled = 0;
		this.latency.least = 1;
		this.latency.most = 20;
	}

	/** Returns what gives the request up. */
	request(request: Request, asker: Asker, asleep: () => number): () => void {
		const world = this.#world;
		const chance = this.#chance;
		let reply: Reply | undefined;
		const stream = request.headers.get("Accept") === "text/event-stream";
		const wire: Wire<Request, Piece> = this.#wire(
			{ item: (piece) => asker.piece(piece), closed: (cut) => asker.closed(cut) },
			{
				item: (item) => {
					reply = this.#reply(wire, stream);
					this.#server.request(item, reply);
				},
				closed: () => reply?.onClose(),
			},
			asleep,
			(piece) => ("bytes" in piece ? { bytes: piece.bytes.slice(0, chance.between(0, piece.bytes.length)) } : undefined),
		);
		if (this.#obstructed(wire)) return () => wire.leave();
		if (stream && this.treatment.sse === "forbidden") this.#forbid(wire);
		else {
			wire.toServer(request);
			if (request.method === "POST" && chance.happens(this.doubled)) this.#double(request);
			const { patience } = this.treatment;
			if (!stream && patience < 3600) world.after(patience * 1000, () => this.#forbid(wire, 504));
		}
		return () => wire.leave();
	}

	/** Returns the client's hands on it. */
	socket(caller: Caller, asleep: () => number): { send(text: string): void; close(): void } {
		let peer: Peer | undefined;
		const wire: Wire<"open" | { readonly text: string }, SocketDown> = this.#wire(
			{
				item: (item) => {
					if (item === "accept") caller.open();
					else if ("text" in item) caller.text(item.text);
					else caller.closed(item.code);
				},
				closed: () => caller.closed(1006),
			},
			{
				item: (item) => {
					if (item !== "open") return peer?.onText(item.text);
					peer = this.#peer(wire);
					this.#server.accept(peer);
				},
				closed: () => peer?.onClose(),
			},
			asleep,
			// A frame that is not whole is none.
			(): SocketDown | undefined => undefined,
		);
		const { websocket } = this.treatment;
		if (websocket === "refused") wire.finish(true);
		else if (!this.#obstructed(wire) && websocket !== "silent") {
			wire.toServer("open");
			if (websocket === "killed") this.#world.after(this.#chance.between(50, 8000), () => wire.cut());
		}
		return { send: (text) => wire.toServer({ text }), close: () => wire.leave() };
	}

	#obstructed(wire: { finish(cut: boolean): void }): boolean {
		if (this.down === "refused") wire.finish(true);
		return this.down !== false;
	}

	/** A proxy's own answer, which is a page and no problem object. */
	#forbid(wire: Wire<Request, Piece>, status = 403): void {
		wire.toClient({ status, headers: { "Content-Type": "text/html" } });
		wire.toClient({ bytes: utf8.encode("<h1>No.</h1>") });
		wire.finish();
	}

	/** Somebody on the way tried once more; the second answer goes nowhere. */
	#double(request: Request): void {
		const nowhere = { head: () => undefined, write: () => undefined, end: () => undefined, onClose: () => undefined };
		this.#world.after(this.#chance.between(0, 3000), () => this.#server.request(request, nowhere));
	}

	#reply(wire: Wire<Request, Piece>, stream: boolean): Reply {
		// A proxy holds back what it has until the end of it, or until it is mended.
		let held = "";
		const pass = (text: string) => {
			for (const bytes of split(utf8.encode(text), this.#chance)) wire.toClient({ bytes });
		};
		return {
			head: (status, headers = {}) => wire.toClient({ status, headers }),
			write: (text) => {
				held += text;
				if (stream && this.treatment.sse === "held") return;
				pass(held);
				held = "";
			},
			end() {
				pass(held);
				wire.finish();
			},
			onClose: () => undefined,
		};
	}

	#peer(wire: Wire<unknown, SocketDown>): Peer {
		wire.toClient("accept");
		const peer: Peer = {
			send: (text) => wire.toClient({ text }),
			close(code) {
				wire.toClient({ code });
				wire.finish();
				peer.onClose();
			},
			onText: () => undefined,
			onClose: () => undefined,
		};
		return peer;
	}

	#wire<Up, Down>(
		client: { item(item: Down): void; closed(cut: boolean): void },
		server: { item(item: Up): void; closed(): void },
		asleep: () => number,
		shorten: (item: Down) => Down | undefined,
	): Wire<Up, Down> {
		const gone = () => this.#wires.delete(wire as Wire<unknown, unknown>);
		const ends = { client, server, asleep, gone };
		const wire: Wire<Up, Down> = new Wire(this.#world, this.#chance, this.latency, ends, shorten);
		this.#wires.add(wire as Wire<unknown, unknown>);
		return wire;
	}
}

/** Cut anywhere, in the middle of a character too. */
function split(bytes: Uint8Array, chance: Chance): Uint8Array[] {
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; ) {
		const size = chance.happens(0.5) ? bytes.length - at : chance.between(1, bytes.length - at);
		pieces.push(bytes.subarray(at, at + size));
		at += size;
	}
	return pieces;
}
