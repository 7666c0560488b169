/** The lab's doors: `control` opens a session for a page, and each session has one for each column. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isSameSite, refuse } from "@holdfast/kit/server";
import { WebSocketServer } from "ws";
import { type Column, columns, type Form, forms } from "../shared/lab.ts";
import { control } from "./control.ts";
import { Herds } from "./herd.ts";
import { type Place, Session } from "./session.ts";

const mostSessions = 20;
/** Readers of a page at one column, the demonstrations' too. */
const mostReaders = 40;

/** Told as a close code and a reason, since a page is not told how an upgrade was refused: come back later. */
const tooMany = 4013;
const goingAway = 4001;

const path = new RegExp(`^/s/([\\w-]+)/(${columns.join("|")})/(${forms.join("|")})(/[^#]*)$`);

export class Lab {
	readonly #prefix: string;
	readonly #sessions = new Map<string, Session>();
	readonly #herds: Herds;
	readonly #sockets = new WebSocketServer({
		noServer: true,
		perMessageDeflate: false,
		maxPayload: 4096,
	});

	constructor(prefix: string) {
		this.#prefix = prefix;
		this.#herds = new Herds({
			add: (id, session) => this.#sessions.set(id, session),
			remove: (id) => this.#sessions.delete(id),
		});
	}

	handle(request: IncomingMessage, response: ServerResponse, next?: () => void): void {
		if (!this.#below(request)?.startsWith("/s/")) {
			next?.();
			return;
		}
		const found = this.#find(request);
		if (found === undefined) refuse(response, 404, "This page of the lab is not open, or no longer.");
		else if (request.method !== "GET") refuse(response, 405, "Only GET is of use here.");
		else found.session.handle(found.place, request, response);
	}

	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, next?: () => void): void {
		const below = this.#below(request);
		const isControl = below === "/control";
		if (!isControl && !below?.startsWith("/s/") && next !== undefined) {
			next();
			return;
		}
		// Until a WebSocket has it, nobody else listens for its errors.
		socket.on("error", () => socket.destroy());
		const found = this.#find(request);
		// A WebSocket is opened for any page that asks.
		if (!isSameSite(request)) refuseUpgrade(socket, 403);
		else if (isControl) this.#admit(request, socket, head);
		else if (found === undefined) refuseUpgrade(socket, 404);
		else found.session.upgrade(found.place, request, socket as Socket, head);
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets.clients) socket.close(goingAway);
		await Promise.all([...this.#sessions.values()].map((session) => session.close()));
	}

	#admit(request: IncomingMessage, raw: Duplex, head: Buffer): void {
		const { localAddress = "127.0.0.1", localPort } = request.socket;
		const here = `http://${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}${this.#prefix}`;
		this.#sockets.handleUpgrade(request, raw, head, (socket) => {
			if (this.#sessions.size >= mostSessions) {
				socket.on("error", () => undefined);
				return socket.close(tooMany, `The lab is open in ${mostSessions} pages already. Close one of them.`);
			}
			const id = randomBytes(12).toString("base64url");
			const session = new Session(mostReaders);
			this.#sessions.set(id, session);
			control(socket, { id, session, herds: this.#herds, here }, () => {
				this.#sessions.delete(id);
				void session.close();
			});
		});
	}

	/** What stands behind the prefix, without the query; undefined where it is not ours. */
	#below({ url = "" }: IncomingMessage): string | undefined {
		return url.startsWith(`${this.#prefix}/`) ? url.slice(this.#prefix.length).replace(/\?.*/s, "") : undefined;
	}

	#find({ url = "" }: IncomingMessage): { readonly session: Session; readonly place: Place } | undefined {
		const [, id = "", column, form, rest = ""] = path.exec(url.slice(this.#prefix.length)) ?? [];
		const session = this.#sessions.get(id);
		return session && { session, place: { column: column as Column, form: form as Form, rest } };
	}
}

function refuseUpgrade(socket: Duplex, status: number): void {
	socket.end(
		`HTTP/1.1 ${status} ${status === 403 ? "Forbidden" : "Not Found"}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
	);
}
