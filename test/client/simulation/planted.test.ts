/** What the simulation is worth: bugs that someone might write, each of which it must find. */
import { expect, test } from "vitest";
import { type Bug, plant } from "./planted.ts";
import { simulate } from "./run.ts";

/** As many as the simulation's own test runs. */
const seeds = 2000;

interface Planted extends Bug {
	/** What is told of it, whichever of these the first seed that shows it tells. */
	readonly tells: RegExp;
}

const bugs: Readonly<Record<string, Planted>> = {
	"the cursor moves before the handler's promise": {
		file: "subscription.ts",
		right: "else void pending.then(() => this.#settle(entry)).then(() => this.#pump());",
		wrong:
			"else { this.#handlers.moved?.(formatCursor(entry.place)); this.#handled = entry.place; void pending.then(() => this.#settle(entry)).then(() => this.#pump()); }",
		tells: /has handled only|is kept as/,
	},
	"the next message does not wait for the handler's promise": {
		file: "subscription.ts",
		right: "if (pending === undefined) this.#settle(entry);",
		wrong: "if (pending !== undefined || true) this.#settle(entry);",
		tells: /before it was done/,
	},
	"what came already is handed on again": {
		file: "subscription.ts",
		right: "if (place.offset > tail.offset) this.#put(place, () =>",
		wrong: "this.#put(place, () =>",
		tells: /repeated/,
	},
	"a gap is not told": {
		file: "subscription.ts",
		right: "return () => this.#handlers.gap?.(gap);",
		wrong: "return () => undefined;",
		tells: /untold/,
	},
	"a gap is told from where it was asked, not from where the reader stands": {
		file: "subscription.ts",
		right: "this.#gap(tail, place, own));",
		wrong: "this.#gap({ ...tail, offset: Math.max(0, tail.offset - 1) }, place, own));",
		tells: /a gap after/,
	},
	"after a break it goes on from now": {
		file: "feed.ts",
		right: 'return seeking?.start ?? (tail === undefined ? "now" : formatCursor(tail));',
		wrong: 'return seeking?.start ?? "now";',
		tells: /missing|not at rest|turning in a circle/,
	},
	"a message at the place of a new subscription is not looked back for": {
		file: "feed.ts",
		right: "tail.offset >= place.offset",
		wrong: "true",
		tells: /missing|not at rest/,
	},
	"all that seek a place begin where the first one does": {
		file: "feed.ts",
		right: "if (tail === undefined && subscription.start === start) subscription.begin(place);",
		wrong: "if (tail === undefined) subscription.begin(place);",
		tells: /which was never/,
	},
	"the cursor kept is that of the fastest subscription": {
		file: "feed.ts",
		right: "b.offset < a.offset ? b",
		wrong: "b.offset > a.offset ? b",
		tells: /has handled only|is kept as|missing/,
	},
	"a link that was dropped goes on": {
		file: "connection.ts",
		right: "		line?.link.close();\n",
		wrong: "",
		tells: /left|still being sent/,
	},
	"a channel that is left is still sent": {
		file: "ways/websocket.ts",
		right: 'if (this.#channels.delete(channel)) this.#ask({ op: "unsubscribe", channel });',
		wrong: "this.#channels.delete(channel);",
		tells: /still being sent|ended: already_subscribed|an error/,
	},
	"a new subscription takes what comes of the one before": {
		file: "ways/websocket.ts",
		right: "else if (!this.#channels.get(frame.channel)?.begun) return;",
		wrong: "else if (!this.#channels.has(frame.channel)) return;",
		tells: /missing|another life|lost before|repeated|not so|which was never/,
	},
	"an event that is cut in two is lost": {
		file: "link/sse-parser.ts",
		right: "this.#rest = lines.pop() as string;",
		wrong: 'lines.pop(); this.#rest = "";',
		tells: /missing|not at rest/,
	},
	"characters that are cut in two are spoilt": {
		file: "ways/sse.ts",
		right: "{ stream: true }",
		wrong: "{ stream: false }",
		tells: /not of this log/,
	},
	"a poll asks again from where the one before it began": {
		file: "link/http-link.ts",
		right: "for (const channel of channels) this.starts.set(",
		wrong: "for (const channel of channels) if (!this.starts.has(channel)) this.starts.set(",
		tells: /missing|not at rest|turning in a circle/,
	},
	"a request goes on after its link is closed": {
		file: "link/http-link.ts",
		right: "		this.#request.abort();\n",
		wrong: "",
		tells: /closing left|still being sent|after closing/,
	},
	"trying again to publish bears a new key": {
		file: "outbox.ts",
		right: "return await this.#send(item);",
		wrong: "return await this.#send({ ...item, idempotencyKey: this.#environment.unique() });",
		tells: /stored twice/,
	},
	"what is published does not wait for what was published before": {
		file: "outbox.ts",
		right: "(this.#last.get(channel) ?? Promise.resolve())",
		wrong: "Promise.resolve()",
		tells: /before what was published before/,
	},
	"the outbox does not wait as long as the server asks": {
		file: "outbox.ts",
		right: "error.retryAfter ?? 0,",
		wrong: "0,",
		tells: /asked again \(publish\)/,
	},
	"the connection does not wait as long as the server asks": {
		file: "machine.ts",
		right: "const pause = wait(retryAfter, retryAfter + Math.max(most, retryAfter / 4));",
		wrong: "const pause = wait(0, most);",
		tells: /asked again/,
	},
	"closing leaves the time of a publish": {
		file: "outbox.ts",
		right: "				over = true;\n				cancel();",
		wrong: "				over = true;",
		tells: /timers/,
	},
	"closing leaves the watch": {
		file: "watch.ts",
		right: "	stop(): void {\n		this.#cancel();",
		wrong: "	stop(): void {",
		tells: /timers/,
	},
	"closing leaves the listeners": {
		file: "session.ts",
		right: "		this.#unhint();\n",
		wrong: "",
		tells: /listeners/,
	},
	"hiding the page does not write the cursors": {
		file: "session.ts",
		right: 'if (hint === "hide") return this.#keeper?.flush();',
		wrong: 'if (hint === "hide") return;',
		tells: /is kept as/,
	},
	"a dead connection is never noticed": {
		file: "watch.ts",
		right: "} else this.#dead();",
		wrong: "}",
		tells: /not at rest/,
	},
};

test.each(Object.entries(bugs))("it finds that %s", { timeout: 300_000 }, async (_, { tells, ...bug }) => {
	const client = await plant(bug);
	let found: string | undefined;
	let seed = 0;
	for (; seed < seeds && found === undefined; seed++) found = (await simulate(seed, client)).find((text) => tells.test(text));
	expect(found).toMatch(tells);
	if (process.env["VERBOSE"]) console.log(`seed ${seed - 1}: ${found}`);
});
