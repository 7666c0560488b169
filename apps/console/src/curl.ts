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

/** In double quotes, where a shell puts the token in: the line itself may be shown and copied. */
const authorization = '-H "Authorization: Bearer $HOLDFAST_TOKEN" ';

/** `url` without a query; `start` says where to begin. */
export function readingLine(transport: TransportName, url: string, start: string, withToken: boolean): string {
	const query = transport === "long-poll" ? `${start}&wait=25` : start;
	return `curl ${withToken ? authorization : ""}${options[transport]}'${url}?${query}'`;
}

export function publishingLine(url: string, withToken: boolean): string {
	return `curl ${withToken ? authorization : ""}-H 'Content-Type: application/json' -d '{"text":"hello"}' '${url}'`;
}
