/** The examples of `docs/client.md`: those marked `js run` print what their comments say. */
import { readFileSync } from "node:fs";
import * as client from "@holdfast/client";
import * as core from "@holdfast/client/core";
import * as longPoll from "@holdfast/client/long-poll";
import * as messages from "@holdfast/client/messages";
import * as persist from "@holdfast/client/persist";
import * as environment from "@holdfast/client/real-environment";
import * as shortPoll from "@holdfast/client/short-poll";
import * as simple from "@holdfast/client/simple";
import * as sse from "@holdfast/client/sse";
import * as websocket from "@holdfast/client/websocket";
import { memoryLog } from "@holdfast/server";
import { World } from "@holdfast/server/testing";
import { expect, onTestFinished, test, vi } from "vitest";

type Module = Readonly<Record<string, unknown>>;
type Opened = { close(): void };

const page = readFileSync("docs/client.md", "utf8");
const opened = new Set<Opened>();

/** Keeps what was opened, so that it can be closed when the example has ended. */
const kept = <Given extends unknown[], What extends Opened | Promise<Opened>>(open: (...given: Given) => What) => {
	return (...given: Given): What => {
		const what = open(...given);
		void Promise.resolve(what).then(
			(one) => opened.add(one),
			() => undefined,
		);
		return what;
	};
};

const modules: Readonly<Record<string, Module>> = {
	"@holdfast/client": { ...client, connect: kept(client.connect) },
	"@holdfast/client/core": { ...core, connect: kept(core.connect) },
	"@holdfast/client/long-poll": longPoll,
	"@holdfast/client/messages": messages,
	"@holdfast/client/persist": persist,
	"@holdfast/client/real-environment": environment,
	"@holdfast/client/short-poll": shortPoll,
	"@holdfast/client/simple": { open: kept(simple.open) },
	"@holdfast/client/sse": sse,
	"@holdfast/client/websocket": websocket,
	"/holdfast.js": client,
};

const imports = /^\s*import \{ (.*) \} from "(.*)";$/gm;
const AsyncFunction = (async () => undefined).constructor as new (...text: string[]) => (...given: unknown[]) => Promise<void>;

/** Each with the title of the section that it stands in. */
const examples = page.split(/^##+ /m).flatMap((section) => {
	const title = section.slice(0, section.indexOf("\n"));
	return [...section.matchAll(/^```js run\n(.*?)^```$/gms)].map(([, code = ""]) => [title, code] as const);
});

test.each(examples)("the example of «%s» prints what it says", async (_, code) => {
	const world = await World.start(memoryLog(), { drainTime: 0 });
	onTestFinished(async () => {
		for (const one of opened) one.close();
		opened.clear();
		await world.close();
	});
	const printed: string[] = [];
	const here = code
		.replaceAll(imports, 'const { $1 } = modules["$2"];')
		.replaceAll("http://127.0.0.1:8080", `http://${world.host}:${world.port}`);
	await new AsyncFunction("modules", "console", here)(modules, { log: (...words: unknown[]) => printed.push(words.join(" ")) });
	const told = [...code.matchAll(/^\/\/ → (.*)$/gm)].map(([, text]) => text);
	expect(told.length).toBeGreaterThan(0);
	await vi.waitFor(() => expect(printed).toEqual(told), { timeout: 5000, interval: 10 });
});

test("every name that an example imports is exported", () => {
	const named = [...page.matchAll(imports)].flatMap(([, names = "", from = ""]) =>
		names.split(", ").map((name) => ({ name, from })),
	);
	expect(named.length).toBeGreaterThan(10);
	expect(named.filter(({ name, from }) => modules[from]?.[name] === undefined)).toEqual([]);
});

test("the table of the client's own errors says of each whether it passes", () => {
	const rows = [...page.matchAll(/^\| `(\w+)` \| (yes|no) \|/gm)];
	expect(rows.length).toBe(5);
	for (const [, code, passes] of rows) {
		const { passing } = new client.HoldfastError(code as client.ClientErrorCode);
		expect([code, passing]).toEqual([code, passes === "yes"]);
	}
});
