import { expect, test } from "vitest";
import { ConnectionTrace, explainAccept } from "./websocket-trace.ts";

// The example of RFC 6455, section 1.3.
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const request = `GET /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;

test("the accept value is shown with the steps that make it", () => {
	const lines = explainAccept(key, accept);
	expect(lines).toContain(`  + GUID  ${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
	expect(lines).toContain("  SHA-1   b37a4f2cc0624f1690f64606cf385945b2bec4ea");
	expect(lines).toContain(`  base64  ${accept}  (what the server sent)`);
	expect(explainAccept(key, "wrong").join()).toContain("but the server sent wrong");
});

test("a handshake and the frames behind it are shown, also when they come in one piece", () => {
	const lines: string[] = [];
	const trace = new ConnectionTrace((line) => lines.push(line));
	trace.sent(Buffer.from(request.slice(0, 30)));
	trace.sent(Buffer.from(request.slice(30)));
	const answer = `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
	trace.received(Buffer.concat([Buffer.from(answer), Buffer.from([0x81, 2, 0x68, 0x69, 0x89])]));
	trace.received(Buffer.from([0]));
	trace.sent(Buffer.from([0x8a, 0x80, 1, 2, 3, 4]));
	expect(lines.slice(0, 5)).toEqual([
		"= a new TCP connection",
		"> GET /chat HTTP/1.1",
		"> Host: x",
		"> Authorization: Bearer …",
		`> Sec-WebSocket-Key: ${key}`,
	]);
	expect(lines).toContain(`< Sec-WebSocket-Accept: ${accept}`);
	expect(lines.slice(-3)).toEqual([
		"< fin=1  opcode=1 text  unmasked  length=2 (7-bit form)  hi",
		"< fin=1  opcode=9 ping  unmasked  length=0 (7-bit form)",
		"> fin=1  opcode=10 pong  mask=01020304  length=0 (7-bit form)",
	]);
});

test("the frame that bears the token shows that it does, and not the token", () => {
	const lines: string[] = [];
	const trace = new ConnectionTrace((line) => lines.push(line));
	trace.sent(Buffer.from(request));
	const frame = Buffer.from(JSON.stringify({ op: "auth", token: 'a"b\\c', ref: 1 }));
	trace.sent(Buffer.concat([Buffer.from([0x81, frame.length]), frame]));
	expect(lines.at(-1)).toMatch(/ {2}\{"op":"auth","token":"…","ref":1\}$/);
});

test("a refused handshake stays HTTP", () => {
	const lines: string[] = [];
	const trace = new ConnectionTrace((line) => lines.push(line));
	trace.sent(Buffer.from(request));
	trace.received(Buffer.from("HTTP/1.1 403 Forbidden\r\n\r\n{}"));
	expect(lines.slice(-3)).toEqual(["<", "= not 101: the server refused, and this stays HTTP", "< {}"]);
});
