/** Every way to read and to publish, each with the credentials that a client of that way sends. */
import { subprotocol } from "@holdfast/protocol";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket, refusedSocket } from "../support/socket.ts";

/** What came of it: `ok`, or the code of the refusal. */
export type Outcome = string;

type Try = (origin: string, channel: string, token: string | undefined) => Promise<Outcome>;

const bearer = (token: string | undefined) => (token === undefined ? {} : { Authorization: `Bearer ${token}` });
const messages = (origin: string, channel: string) => `${origin}/v1/channels/${channel}/messages`;

async function poll(url: string, token: string | undefined): Promise<Outcome> {
	const { status, json } = await ask(url, { headers: bearer(token) });
	if (status !== 200) return json.code;
	if (json.messages.length === 0) throw new Error("It was let in and told nothing.");
	return "ok";
}

async function plain(
	origin: string,
	channel: string,
	token: string | undefined,
): Promise<Outcome | Awaited<ReturnType<typeof openSocket>>> {
	const url = `${messages(origin, channel)}?after=first`;
	const opened = openSocket(url, { headers: bearer(token) });
	try {
		return await opened;
	} catch {
		return (await refusedSocket(url, { headers: bearer(token) })).json.code;
	}
}

/** The full form, with its token in the header or in the first message. */
const full =
	(first: boolean): ((origin: string, token: string | undefined, operation: object) => Promise<Outcome>) =>
	async (origin, token, operation) => {
		const url = `${origin}/v1/socket`;
		const headers = first ? {} : bearer(token);
		let socket: Awaited<ReturnType<typeof openSocket>>;
		try {
			socket = await openSocket(url, { protocol: subprotocol, headers });
		} catch {
			return (await refusedSocket(url, { protocol: subprotocol, headers })).json.code;
		}
		try {
			await socket.next();
			if (first && token !== undefined) {
				socket.send({ op: "auth", ref: 1, token });
				const { op, code } = await socket.next();
				if (op !== "ok") return code;
			}
			socket.send({ ref: 2, ...operation });
			const { op, code } = await socket.next();
			return op === "ok" ? "ok" : code;
		} finally {
			socket.close();
		}
	};

const subscribe = (channel: string) => ({ op: "subscribe", channel, after: "first" });
const publish = (channel: string) => ({ op: "publish", channel, data: "x" });

export const readers: Readonly<Record<string, Try>> = {
	"short poll": (origin, channel, token) => poll(`${messages(origin, channel)}?after=first`, token),
	"long poll": (origin, channel, token) => poll(`${messages(origin, channel)}?after=first&wait=5`, token),
	"a poll of several": (origin, channel, token) =>
		poll(`${origin}/v1/messages?channel=open.a&channel=${channel}&after=first`, token),
	async "an event stream"(origin, channel, token) {
		const stream = await openEvents(`${messages(origin, channel)}?after=first`, bearer(token));
		try {
			const block = await stream.next();
			// A refusal is a problem, and no stream.
			if (stream.status === 200) return block?.event === "$open" ? "ok" : "nothing";
		} finally {
			stream.close();
		}
		return (await ask(`${messages(origin, channel)}?after=first`, { headers: { Accept: "text/event-stream", ...bearer(token) } }))
			.json.code;
	},
	async "a plain WebSocket"(origin, channel, token) {
		const socket = await plain(origin, channel, token);
		if (typeof socket === "string") return socket;
		const { op } = await socket.next();
		socket.close();
		return op === "open" ? "ok" : "nothing";
	},
	"a WebSocket with a header": (origin, channel, token) => full(false)(origin, token, subscribe(channel)),
	"a WebSocket with a first message": (origin, channel, token) => full(true)(origin, token, subscribe(channel)),
};

export const publishers: Readonly<Record<string, Try>> = {
	async "a publish"(origin, channel, token) {
		const { status, json } = await ask(messages(origin, channel), { body: { x: 1 }, headers: bearer(token) });
		return status === 201 ? "ok" : json.code;
	},
	async "an item of a batch"(origin, channel, token) {
		const { status, json } = await ask(`${origin}/v1/messages`, { body: [{ channel, data: 1 }], headers: bearer(token) });
		return status === 201 ? (json[0].code ?? "ok") : json.code;
	},
	async "a frame of a plain WebSocket"(origin, channel, token) {
		const socket = await plain(origin, channel, token);
		if (typeof socket === "string") return socket;
		await socket.next();
		socket.send("1");
		// A refusal closes; what is taken comes back as a message, behind those that were there.
		const stored = async () => {
			for (;;) if ((await socket.next()).data === 1) return "ok";
		};
		const outcome = await stored().catch(async () => (await socket.closed).reason);
		socket.close();
		return outcome;
	},
	"an operation with a header": (origin, channel, token) => full(false)(origin, token, publish(channel)),
	"an operation behind a first message": (origin, channel, token) => full(true)(origin, token, publish(channel)),
};
