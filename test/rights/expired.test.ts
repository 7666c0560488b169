/** What is sent between the end of the credentials and the look, once a second, that ends the connection. */
import { randomBytes } from "node:crypto";
import { subprotocol } from "@holdfast/protocol";
import { ManualClock } from "@holdfast/server/testing";
import { expect, onTestFinished, test } from "vitest";
import { openSocket } from "../support/socket.ts";
import { startWorld } from "../support/world.ts";
import { sign } from "./issuer.ts";

const secret = randomBytes(32);
const path = "/v1/channels/chat.a/messages";

/** A socket whose token ends at two seconds; `expire` turns the clock to just behind that, when the looks are at one and a half and two and a half. */
async function open(at: string, protocol?: string) {
	const clock = new ManualClock();
	const world = await startWorld({ clock, rights: { tokens: { secret } } });
	onTestFinished(world.close);
	const [begun, iat] = [clock.now(), clock.now() / 1000];
	const rights = { read: ["chat.*"], publish: ["chat.*"] };
	const token = await sign(secret, "HS256", { sub: "ann", iat, exp: iat + 2, holdfast: rights });
	clock.advance(500);
	const headers = { Authorization: `Bearer ${token}` };
	const socket = await openSocket(world.origin + at, { headers, ...(protocol === undefined ? {} : { protocol }) });
	// Before its world: a server whose clock stands would wait for it.
	onTestFinished(socket.close);
	await socket.next();
	return { socket, expire: () => clock.advance(begun + 2100 - clock.now()) };
}

test("an operation on credentials that have just expired has no answer but close 4401, with which a client comes back", async () => {
	const { socket, expire } = await open("/v1/socket", subprotocol);
	socket.send({ op: "publish", ref: 1, channel: "chat.a", data: "in time" });
	expect(await socket.next()).toMatchObject({ op: "ok", ref: 1 });
	expire();
	socket.send({ op: "publish", ref: 2, channel: "chat.a", data: "too late" });
	await expect(socket.next()).rejects.toThrow("closed with 4401");
});

test("a frame on the plain form, on credentials that have just expired, closes it with 4401 and is not published", async () => {
	const { socket, expire } = await open(path);
	await socket.next();
	socket.send("in time");
	expect(await socket.next()).toMatchObject({ data: "in time" });
	expire();
	socket.send("too late");
	await expect(socket.next()).rejects.toThrow("closed with 4401");
});
