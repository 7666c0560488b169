/** Reading by the plain form of WebSocket: one JSON text frame a message, control frames with `op`. */
import { socketUrl, target } from "./address.ts";
import { frameBytes, requestBytes } from "./bytes.ts";
import { askWhy } from "./request.ts";
import { ticketed } from "./ticket.ts";
import { again, type End, expired, forbidden, type Gap, type Message, stopped, type Tell } from "./way.ts";

/** Control frames bear `op`, messages do not. */
type Frame = { op: "open" | "live"; next: string } | ({ op: "gap" } & Gap) | (Message & { op?: undefined });

const handshake = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };

/** What a close code asks of us: below 4500 come back, above stay away. */
const closings = new Map<number, End>([
	[1006, again("Connection lost")],
	[1012, again("The server is restarting")],
	[4001, again("The server is draining")],
	[4008, again("Read too slowly")],
	// It says to come back, but with new credentials, which only a person has.
	[4401, expired],
	[4503, forbidden],
]);

export const webSocket = ticketed((place, admission, tell, signal) => {
	return new Promise((resolve) => {
		const url = socketUrl(place.channel, place.start, ...admission);
		const socket = new WebSocket(url);
		let opened = false;
		tell.crossed({
			direction: "up",
			text: `GET ${target(url)}\nUpgrade: websocket`,
			bytes: requestBytes("GET", target(url), handshake),
			request: true,
		});
		const stop = () => {
			socket.close();
			resolve(stopped);
		};
		signal.addEventListener("abort", stop, { once: true });
		socket.onopen = () => {
			opened = true;
			tell.crossed({ direction: "down", text: "101 Switching Protocols", bytes: 0 });
		};
		socket.onmessage = ({ data }: MessageEvent<string>) => {
			if (signal.aborted) return;
			tell.crossed({ direction: "down", text: data, bytes: frameBytes(data) });
			tellFrame(JSON.parse(data) as Frame, tell);
		};
		socket.onclose = ({ code, reason }) => {
			signal.removeEventListener("abort", stop);
			if (signal.aborted) return;
			tell.crossed({ direction: "down", text: opened ? `close ${code} ${reason}` : "No answer to the handshake", bytes: 0 });
			if (opened) resolve(endOfClose(code, reason));
			else resolve(askWhy(place, tell, signal));
		};
	});
});

function tellFrame(frame: Frame, tell: Tell): void {
	if (frame.op === undefined) tell.message(frame);
	else if (frame.op === "gap") tell.gap(frame);
	// Of a log that is away, and of what a later server may tell, there is nothing to keep.
	else if (frame.op === "open" || frame.op === "live") {
		tell.cursor(frame.next);
		if (frame.op === "live") tell.live();
	}
}

export function endOfClose(code: number, reason: string): End {
	const why = `Closed with ${code}${reason === "" ? "" : `: ${reason}`}`;
	return closings.get(code) ?? { why, again: code < 4500 || code > 4999 };
}
