/** The same reading and publishing as lines for a shell. */
import type { TransportName } from "./settings.ts";

/** A key that any server accepts: the one from RFC 6455, section 1.3. */
const socketKey = "dGhlIHNhbXBsZSBub25jZQ==";

const options: Readonly<Record<TransportName, string>> = {
	poll: "",
	"long-poll": "",
	sse: "-N -H 'Accept: text/event-stream' ",
	websocket:
		"-N --http1.1 -o - -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' " +
		`-H 'Sec-WebSocket-Key: ${socketKey}' `,
};

/** `url` without a query; `start` says where to begin. */
export function readingLine(transport: TransportName, url: string, start: string): string {
	const query = transport === "long-poll" ? `${start}&wait=25` : start;
	return `curl ${options[transport]}'${url}?${query}'`;
}

export function publishingLine(url: string): string {
	return `curl -H 'Content-Type: application/json' -d '{"text":"hello"}' '${url}'`;
}
