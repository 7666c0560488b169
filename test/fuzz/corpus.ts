/** Good requests and frames, of every route and operation: what is changed a little gets further than noise. */
const body = (text: string, type = "application/json") =>
	`Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

export const upgrade =
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** @param token - good for everything, so that what lies behind access is met too. */
export function requests(token: string): readonly Buffer[] {
	const host = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`;
	const one = "/v1/channels/chat.a/messages";
	const batch = JSON.stringify([
		{ channel: "chat.a", data: { x: 1 }, event: "e", key: "k", idempotencyKey: "i" },
		{ channel: "b", data: "aGk=", encoding: "base64" },
	]);
	const trace = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
	return [
		`GET ${one}?after=first&limit=3 HTTP/1.1\r\n${host}If-None-Match: "a-1", W/"b-2"\r\n\r\n`,
		`GET ${one}?wait=0&last=2 HTTP/1.1\r\n${host}Prefer: wait=0\r\nOrigin: https://a.example\r\n\r\n`,
		`GET ${one}?wait=1&after=aaaaaaaa-1 HTTP/1.1\r\n${host}Last-Event-ID: aaaaaaaa-2\r\n\r\n`,
		`GET ${one}?data=raw&event=message HTTP/1.1\r\n${host}Accept: text/event-stream\r\n\r\n`,
		`GET /v1/messages?channel=chat.a&channel=b&after=first HTTP/1.1\r\n${host}\r\n`,
		`GET /v1/messages?from=chat.a:first&from=b:aaaaaaaa-1&from=c: HTTP/1.1\r\n${host}\r\n`,
		`HEAD ${one} HTTP/1.1\r\n${host}\r\n`,
		`OPTIONS ${one} HTTP/1.1\r\n${host}Origin: https://a.example\r\nAccess-Control-Request-Method: DELETE\r\n\r\n`,
		`POST ${one}?event=said&key=k HTTP/1.1\r\n${host}${trace}Idempotency-Key: key\r\n${body('{"text":"hi","n":[1,2.5e3,null]}')}`,
		`POST ${one} HTTP/1.1\r\n${host}${body("text", "text/plain; charset=utf-8")}`,
		`POST ${one} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Type: application/octet-stream\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
		`POST /v1/messages HTTP/1.1\r\n${host}${body(batch)}`,
		`POST /v1/tickets HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
		`GET ${one}?ticket=aaaaaaaa-1.aaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: a=b; session=${token}\r\n\r\n`,
		`POST /v1/revocations HTTP/1.1\r\n${host}${body('{"sub":"nobody"}')}`,
		`GET /v1/connections?limit=2&after=x-1 HTTP/1.1\r\n${host}X-Forwarded-For: 10.0.0.1, [::1]:80\r\n\r\n`,
		`DELETE /v1/connections/x-1 HTTP/1.1\r\n${host}\r\n`,
		`GET /v1/channels?prefix=ch&limit=5&after=a HTTP/1.1\r\n${host}Forwarded: for="[2001:db8::1]:1234";proto=https\r\n\r\n`,
		`GET /v1/channels/chat.a HTTP/1.1\r\n${host}\r\n`,
		`DELETE /v1/channels/d HTTP/1.1\r\n${host}\r\n`,
		`GET /readyz HTTP/1.1\r\n${host}\r\n`,
		`GET /metrics HTTP/1.1\r\n${host}\r\n`,
		`GET / HTTP/1.1\r\n${host}\r\n`,
		`GET /holdfast.js HTTP/1.1\r\n${host}Accept-Encoding: gzip;q=0.5, *\r\n\r\n`,
		`GET ${one} HTTP/1.1\r\n${host}${upgrade}\r\n`,
		`GET /v1/socket HTTP/1.1\r\n${host}${upgrade}Sec-WebSocket-Protocol: holdfast.v1, other\r\n\r\n`,
	].map((text) => Buffer.from(text));
}

/** What the full form, and the plain form, are sent. */
export function operations(token: string): readonly Buffer[] {
	return [
		{ op: "subscribe", ref: 1, channel: "chat.a", after: "first" },
		{ op: "subscribe", ref: 2, channel: "b", last: 3 },
		{ op: "unsubscribe", ref: 3, channel: "chat.a" },
		{ op: "publish", ref: 4, channel: "chat.a", data: { x: [1, "é", null] }, event: "e", key: "k", idempotencyKey: "i" },
		{ op: "publish", ref: 5, channel: "b", data: "aGk=", encoding: "base64" },
		{ op: "auth", ref: 6, token },
		{ op: "ping", ref: 7 },
	].map((operation) => Buffer.from(JSON.stringify(operation)));
}
