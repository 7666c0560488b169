import { expect, test } from "vitest";
import { createSession } from "./session.ts";
import { FakeLink } from "./testing/fake-link.ts";
import { FakeTime } from "./testing/fake-time.ts";
import { settled } from "./testing/settled.ts";
import type { Way } from "./way.ts";

/** `asked`: the requests, which are never answered. */
function running() {
	const time = new FakeTime();
	const asked: string[] = [];
	const links: FakeLink[] = [];
	const fetch = (url: string, { signal }: RequestInit) => {
		asked.push(url);
		return new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
	};
	const way: Way = (_, told) => {
		const link = new FakeLink("sse", time.at, told);
		links.push(link);
		return link;
	};
	const access = { url: "https://example.test", environment: { ...time.environment, fetch }, token: async () => undefined };
	const session = createSession(access, way, 10, () => true);
	const join = (start: string) => {
		const told: string[] = [];
		const leave = session.join("chat", start, {
			message: ({ id }) => told.push(id),
			ended: ({ code }) => told.push(code),
		});
		return { told, leave };
	};
	return { time, asked, links, session, join };
}

const item = { channel: "chat", data: 1 };

test("readers of a channel share one link, and who is behind asks by itself", async () => {
	const { asked, links, join } = running();
	join("a-5");
	links[0]?.open();
	join("a-5");
	join("a-2");
	await settled();
	expect(links).toHaveLength(1);
	expect(links[0]?.asked).toEqual(["chat"]);
	expect(asked.map(decodeURIComponent)).toEqual(["https://example.test/v1/messages?from=chat:a-2&limit=250"]);
});

test("when the last reader has left, no link, timer or listener is left", async () => {
	const { time, links, session, join } = running();
	const { leave } = join("now");
	const { leave: other } = join("now");
	links[0]?.open();
	leave();
	expect(session.state).toBe("open");
	other();
	expect([session.state, links[0]?.closed, time.timers, time.listeners]).toEqual(["idle", true, 0, 0]);
});

test("closed, it ends everything at once, also requests that are under way, and begins none for it", async () => {
	const { time, asked, links, session, join } = running();
	const readers = [join("a-5"), join("a-2"), join("a-3")];
	links[0]?.open();
	const published = session.publish(item, 60_000).catch(({ code }) => code);
	const read = session.read("chat", "first", 10).catch(({ code }) => code);
	await settled();
	expect(asked).toHaveLength(4);
	session.close();
	expect([session.state, time.timers, time.listeners]).toEqual(["closed", 0, 0]);
	expect(await published).toBe("closed");
	expect(await read).toBe("closed");
	expect(readers.map(({ told }) => told)).toEqual([["closed"], ["closed"], ["closed"]]);
	await settled();
	expect([asked.length, time.timers]).toEqual([4, 0]);
});

test("closed, it refuses whatever it is asked to do, and asks the server nothing", async () => {
	const { time, asked, links, session, join } = running();
	session.close();
	const { told } = join("now");
	expect(told).toEqual(["closed"]);
	await expect(session.publish(item, 60_000)).rejects.toMatchObject({ code: "closed" });
	await expect(session.read("chat", "first", 10)).rejects.toMatchObject({ code: "closed" });
	expect([asked, links, time.timers, time.listeners]).toEqual([[], [], 0, 0]);
});
