import { expect, test } from "vitest";
import { publishingLine, readingLine } from "./curl.ts";

const url = "http://localhost:1/v1/channels/a~b/messages";

test("polls need the address alone, a long poll with its wait", () => {
	expect(readingLine("poll", url, "last=10", false)).toBe(`curl '${url}?last=10'`);
	expect(readingLine("long-poll", url, "after=now", false)).toBe(`curl '${url}?after=now&wait=25'`);
});

test("an event stream is asked for, and shown as it comes", () => {
	expect(readingLine("sse", url, "after=first", false)).toBe(`curl -N -H 'Accept: text/event-stream' '${url}?after=first'`);
});

test("a handshake has all that RFC 6455 asks for, and a key of sixteen bytes", () => {
	const line = readingLine("websocket", url, "after=first", false);
	const headers = Object.fromEntries([...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name, value]));
	expect(headers).toMatchObject({ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" });
	expect(atob(headers["Sec-WebSocket-Key"] ?? "")).toHaveLength(16);
	expect(line).toContain(`'${url}?after=first'`);
});

test("publishing sends JSON, with its type", () => {
	expect(publishingLine(url, false)).toBe(`curl -H 'Content-Type: application/json' -d '{"text":"hello"}' '${url}'`);
});

test("a token is left to the shell, which puts it between double quotes", () => {
	const header = '-H "Authorization: Bearer $HOLDFAST_TOKEN"';
	expect(readingLine("poll", url, "last=10", true)).toBe(`curl ${header} '${url}?last=10'`);
	expect(readingLine("websocket", url, "last=10", true)).toContain(header);
	expect(publishingLine(url, true)).toContain(`curl ${header} -H`);
});
