/** `holdfast serve --app`: routes of one's own beside those of Holdfast. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, holdfastDone, serve } from "./command.ts";
import { ask } from "./support/http.ts";
import { startRedis } from "./support/redis.ts";
import { openSocket, refusedSocket } from "./support/socket.ts";

/** A module in the folder where the command runs. */
function module(name: string, text: string): string {
	writeFileSync(join(folder, name), text);
	return `./${name}`;
}

/** Says what it was given, publishes what it is asked, and leaves a file when it is closed. */
const whole = `
	import { writeFileSync } from "node:fs";
	export async function app({ holdfast, folder, drainTime }) {
		return {
			async handle(request, response) {
				if (request.method !== "POST") return response.end(JSON.stringify({ url: request.url, folder: folder ?? null, drainTime }));
				const { id } = await holdfast.publish("chat", "by the app");
				response.end(id);
			},
			upgrade(request, socket) {
				socket.end("HTTP/1.1 418 I'm a teapot\\r\\nContent-Length: 0\\r\\n\\r\\n");
			},
			async close() {
				await new Promise((resolve) => setTimeout(resolve, 100));
				writeFileSync("closed", "");
			},
		};
	}`;

describe("an app", () => {
	test("answers what is no route of Holdfast's, and publishes in the same process", async () => {
		const server = await serve("--memory", "--app", module("whole.mjs", whole));
		expect(server.out()).toContain("shows the app ./whole.mjs at http://127.0.0.1");
		expect((await ask(`${server.url}/any?x=1`)).json).toEqual({ url: "/any?x=1", folder: null, drainTime: 24_000 });
		const reader = await openSocket(`${server.url}/v1/channels/chat/messages?after=first`);
		const { text } = await ask(server.url, { method: "POST" });
		expect((await reader.take(3)).at(-1)).toMatchObject({ id: text, data: "by the app" });
		reader.close();
		expect((await ask(`${server.url}/v1/channels/chat`)).json).toMatchObject({ messages: 1 });
	});

	test("has the page to try the server out moved aside", async () => {
		const server = await serve("--memory", "--app", module("whole.mjs", whole));
		const page = await ask(`${server.url}/console`);
		expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
		// What it loads is named relative to it.
		for (const [, name] of page.text.matchAll(/(?:src|href)="([a-z.]+)"/g)) {
			expect((await ask(`${server.url}/${name}`)).headers["content-type"], name).toMatch(/^text\/(css|javascript)/);
		}
	});

	test("answers WebSockets that are not Holdfast's; without that they are refused", async () => {
		const server = await serve("--memory", "--app", module("whole.mjs", whole));
		expect((await refusedSocket(`${server.url}/mine`)).status).toBe(418);
		const plain = "export const app = () => ({ handle: (_, response) => response.end() });";
		const other = await serve("--memory", "--app", module("plain.mjs", plain));
		expect((await refusedSocket(`${other.url}/mine`)).status).toBe(404);
	});

	test("is told the data folder, and is closed before the server has ended", async () => {
		const server = await serve("--data", "kept", "--app", module("whole.mjs", whole), "--drain-time", "10s");
		expect((await ask(server.url)).json).toMatchObject({ folder: join(folder, "kept"), drainTime: 8000 });
		server.child.kill("SIGTERM");
		expect(await server.ended).toBe(0);
		expect(existsSync(join(folder, "closed"))).toBe(true);
	});

	test("is told the address of the Redis, where messages are kept there", async () => {
		const redis = await startRedis();
		const told =
			"export const app = ({ folder, redis }) => ({ handle: (_, response) => response.end(JSON.stringify({ folder, redis })) });";
		const server = await serve("--redis", redis.url, "--app", module("told.mjs", told));
		expect((await ask(server.url)).json).toEqual({ redis: redis.url });
		server.child.kill("SIGTERM");
		await server.ended;
		await redis.close();
	});

	test("may take bodies larger than a message, also from who asks first", async () => {
		const size =
			"export const app = () => ({ async handle(request, response) { let n = 0; for await (const part of request) n += part.length; response.end(String(n)); } });";
		const server = await serve("--memory", "--app", module("size.mjs", size));
		const body = Buffer.alloc(200_000);
		expect((await ask(`${server.url}/upload`, { method: "PUT", body, headers: { Expect: "100-continue" } })).text).toBe("200000");
	});
});

test.each([
	["is not there", "./missing.mjs", "Cannot find module"],
	["exports no app", module("empty.mjs", "export const other = 1;"), "it exports no function named app"],
	["does not start", module("broken.mjs", "export const app = async () => { throw new Error('no database'); };"), "no database"],
])("a module that %s is told in a line, and nothing listens", async (_, path, why) => {
	const { code, out, err } = await holdfastDone(["serve", "--memory", "--port", "0", "--app", path]);
	expect(code).toBe(4);
	expect(out).toBe("");
	expect(err).toMatch(new RegExp(`^holdfast: cannot start the app ${path.replaceAll(".", "\\.")}: .*${why}.*\n$`));
});

test("docs/cli.md shows an app that runs", async () => {
	const page = readFileSync("docs/cli.md", "utf8");
	const [, text = ""] = /```js\n(export async function app[\s\S]*?)```/.exec(page) ?? [];
	const server = await serve("--memory", "--app", module("shown.mjs", text));
	expect((await ask(server.url)).text).toBe("not Holdfast's");
});
