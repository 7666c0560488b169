/** What a script asks of an example, without a browser. `example`: its address, without a slash at the end. */
import { WebSocket } from "ws";

export interface Answer {
	readonly status: number;
	/** What a browser would send back. */
	readonly cookie: string;
	// biome-ignore lint/suspicious/noExplicitAny: as `Response.json` has it; what each test expects of an answer it says itself.
	readonly body: any;
}

export async function post(url: string, body: unknown, cookie = ""): Promise<Answer> {
	const response = await fetch(url, {
		method: "POST",
		headers: { "Content-Type": "application/json", Cookie: cookie },
		body: JSON.stringify(body),
	});
	const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
	return { status: response.status, cookie: cookies.length > 0 ? cookies.join("; ") : cookie, body: await response.json() };
}

/** All messages of a channel. */
export function read(example: string, channel: string, cookie = ""): Promise<Response> {
	return fetch(`${messagesOf(example, channel)}?after=first`, { headers: { Cookie: cookie } });
}

export function publish(example: string, channel: string, data: unknown, cookie = ""): Promise<Answer> {
	return post(messagesOf(example, channel), data, cookie);
}

/** What a WebSocket that subscribes is told. */
export function subscribing(example: string, channel: string, cookie = ""): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const socket = new WebSocket(`${example.replace("http", "ws")}/v1/socket`, "holdfast.v1", { headers: { Cookie: cookie } });
		socket.on("error", reject);
		socket.on("open", () => socket.send(JSON.stringify({ op: "subscribe", channel, after: "first", ref: 1 })));
		socket.on("message", (data) => {
			const frame = JSON.parse(String(data)) as { ref?: number };
			if (frame.ref !== 1) return;
			socket.close();
			resolve(frame);
		});
	});
}

const messagesOf = (example: string, channel: string) => `${example}/v1/channels/${channel}/messages`;
