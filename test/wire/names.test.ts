import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

/** The target as it is: clients tidy up dots and escapes before they send. */
async function askRaw(target: string): Promise<{ status: number; code: string | undefined; channel: string | undefined }> {
	const raw = await openRaw(world.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
	await raw.ended;
	const body = JSON.parse(raw.text.slice(raw.text.indexOf("\r\n\r\n")));
	return { status: Number(raw.text.slice(9, 12)), code: body.code, channel: body.channel };
}

const longest = "a".repeat(255);

describe("a channel name", () => {
	test.each([
		["a", "a"],
		["A-Z.0_9~:-", "A-Z.0_9~:-"],
		["...", "..."],
		[".a", ".a"],
		["user%3A42", "user:42"],
		["%61%62", "ab"],
		["%2E%2E%2E", "..."],
		["$sys", "$sys"],
		["%24sys", "$sys"],
		[longest, longest],
		["%61".repeat(255), longest],
	])("%s in the path is %s", async (segment, channel) => {
		expect(await askRaw(`/v1/channels/${segment}`)).toEqual({ status: 200, code: undefined, channel });
	});

	test.each([
		".",
		"..",
		"%2E",
		"%2e%2e",
		"",
		"%20",
		"a%20b",
		"a+b",
		"a%2Fb",
		"a%5Cb",
		"%2561",
		"%00",
		"a%0Ab",
		"%C3%A9",
		"a$b",
		"a*",
		"a,b",
		"a@b",
		"a%25b",
		"%",
		"%4",
		"%zz",
		"%ff",
		"%c3%28",
		"%ed%a0%80",
		`${longest}a`,
	])("%s in the path is refused", async (segment) => {
		expect(await askRaw(`/v1/channels/${segment}/messages`)).toEqual({ status: 400, code: "bad_channel", channel: undefined });
	});

	test("is refused in the query, in a stream and before an upgrade as well", async () => {
		const bad = await ask(`${world.origin}/v1/messages?channel=ok&channel=%2e%2e`);
		expect({ status: bad.status, code: bad.json.code }).toEqual({ status: 400, code: "bad_channel" });
		const stream = await openEvents(`${world.origin}/v1/channels/%2561/messages`);
		expect(stream.status).toBe(400);
		stream.close();
		const socket = await refusedSocket(`${world.origin}/v1/channels/a%20b/messages`);
		expect({ status: socket.status, code: socket.json.code }).toEqual({ status: 400, code: "bad_channel" });
	});

	test("in the query is decoded once", async () => {
		const twice = await ask(`${world.origin}/v1/messages?channel=%2561`);
		expect(twice.json.code).toBe("bad_channel");
		await ask(`${world.origin}/v1/channels/q:1/messages`, { body: 1 });
		const once = await ask(`${world.origin}/v1/messages?channel=q%3A1&after=first`);
		expect(once.json.messages).toMatchObject([{ channel: "q:1" }]);
	});
});

test.each(["%", "%2", "%zz", "%ff", "%c3", "%ed%a0%80"])(
	"a query that bears %s is a bad request, wherever it stands",
	async (bad) => {
		for (const target of [`/v1/channels/a/messages?x=${bad}`, `/v1/channels/a/messages?${bad}=1`, `/v1/channels?prefix=${bad}`]) {
			expect(await askRaw(target)).toMatchObject({ status: 400, code: "bad_request" });
		}
		const socket = await refusedSocket(`${world.origin}/v1/channels/a/messages?x=${bad}`);
		expect({ status: socket.status, code: socket.json.code }).toEqual({ status: 400, code: "bad_request" });
	},
);

describe("a channel of the server's own", () => {
	test("can be read", async () => {
		expect((await ask(`${world.origin}/v1/channels/$x/messages`)).status).toBe(200);
	});

	test("cannot be published to", async () => {
		const one = await ask(`${world.origin}/v1/channels/$x/messages`, { body: 1 });
		expect({ status: one.status, code: one.json.code }).toEqual({ status: 403, code: "forbidden" });
		const batch = await ask(`${world.origin}/v1/messages`, { body: [{ channel: "$x", data: 1 }] });
		expect(batch).toMatchObject({ status: 201, json: [{ status: 403, code: "forbidden" }] });
	});
});
