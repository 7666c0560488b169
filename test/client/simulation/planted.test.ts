/** What the simulation is worth: bugs that someone might write, each of which it must find. */
import { expect, test } from "vitest";
import { type Bug, plant, roomForFour } from "./planted.ts";
import { simulate } from "./run.ts";

/** As many as the simulation's own test runs. */
const seeds = 2000;

interface Planted extends Bug {
	/** What is told of it, whichever of these the first seed that shows it tells. */
	readonly tells: RegExp;
	/** One that shows it is tried first, where otherwise it takes many. */
	readonly seed?: number;
	/** Where handlers are slow enough to show it only when there is little room for what waits. */
	readonly little?: true;
}

const bugs: Readonly<Record<string, Planted>> = {
	// One reader: order, cursor, gaps.
	"the cursor moves before the handler's promise": {
		file: "reader.ts",
		right: "else void pending.then(settle).then(pump);",
		wrong: "else { handlers.moved?.(formatCursor(next.at)); void pending.then(settle).then(pump); }",
		tells: /has handled only|is kept as/,
	},
	"the next message does not wait for the handler's promise": {
		file: "reader.ts",
		right: "if (pending === undefined) settle();",
		wrong: "if (pending !== undefined || true) settle();",
		tells: /before it was done/,
	},
	"what came already is handed on again": {
		file: "reader.ts",
		right: "if (place && at.offset > place.offset) put(",
		wrong: "if (place) put(",
		tells: /repeated/,
	},
	"a gap is not told": {
		file: "reader.ts",
		right: "put(at, () => handlers.gap?.(gap));",
		wrong: "put(at, () => undefined);",
		tells: /untold/,
	},
	"a gap is told from where it was asked, not from where the reader stands": {
		file: "reader.ts",
		right: "after: formatCursor(place), next",
		wrong: "after: formatCursor({ ...place, offset: Math.max(0, place.offset - 1) }), next",
		tells: /a gap after/,
	},
	"a gap is told to one who stands beyond it": {
		file: "reader.ts",
		right: 'reason !== "unknown" && at.offset <= place.offset',
		wrong: "false",
		tells: /that is not so/,
		seed: 380,
	},
	"it is not told that a log has lost its tail": {
		file: "reader.ts",
		right: 'reason !== "unknown" && at.offset',
		wrong: "at.offset",
		tells: /lost before|missing|not at rest/,
		seed: 103,
	},
	"who has room again does not say so": {
		file: "reader.ts",
		right: "			hungry();\n",
		wrong: "",
		tells: /not at rest/,
		little: true,
	},
	// Several readers of a channel.
	"after a break it goes on from now": {
		file: "feed.ts",
		right: '(place ? formatCursor(place) : ([...live][0]?.start() ?? "now"))',
		wrong: '(([...live][0]?.place ? undefined : [...live][0]?.start()) ?? "now")',
		tells: /missing|not at rest|turning in a circle/,
	},
	"a late reader joins though it is behind": {
		file: "feed.ts",
		right: "else if (isWithin(place, reader.place) &&",
		wrong: "else if (place || isWithin(place, reader.place) &&",
		tells: /missing|not at rest/,
	},
	"who had no room joins again where the others are": {
		file: "feed.ts",
		right: "else if (isWithin(place, reader.place) &&",
		wrong: "else if (reader.place || isWithin(place, reader.place) &&",
		tells: /missing/,
		little: true,
	},
	"all readers begin where the first one does": {
		file: "feed.ts",
		right: "for (const reader of live) reader.begin(at);",
		wrong: "for (const reader of readers) reader.begin(at);",
		tells: /which was never/,
	},
	"a gap in the past is not told": {
		file: "feed.ts",
		right: "for (const gap of gaps) reader.miss(",
		wrong: "for (const gap of []) reader.miss(",
		tells: /missing|another life/,
	},
	"a channel that nobody reads is still followed": {
		file: "session.ts",
		right: "				connection.leave(channel);\n",
		wrong: "",
		tells: /still being sent|left/,
	},
	"a channel that nobody has room for is still sent": {
		file: "connection.ts",
		right: "		link?.leave(channel);\n",
		wrong: "",
		tells: /still being sent|after closing/,
	},
	"what it is to follow is not told to the next link": {
		file: "connection.ts",
		right: "for (const [channel, sink] of followed) made.follow(channel, sink);",
		wrong: "",
		tells: /not at rest/,
	},
	"a link that was dropped goes on": {
		file: "connection.ts",
		right: "			link?.close();\n",
		wrong: "",
		tells: /left|still being sent|by closing/,
	},
	"what follows after hello is not sent on": {
		file: "ways/websocket.ts",
		right: "		channels.forEach(subscribe);\n",
		wrong: "",
		tells: /not at rest/,
	},
	// Ways in.
	"a channel that is left is still sent": {
		file: "ways/websocket.ts",
		right: 'if (channels.delete(channel)) ask({ op: "unsubscribe", channel });',
		wrong: "channels.delete(channel);",
		tells: /still being sent|ended: already_subscribed|an error/,
	},
	"a new subscription takes what comes of the one before": {
		file: "ways/websocket.ts",
		right: "else if (!following?.begun) return;",
		wrong: "else if (!following) return;",
		tells: /missing|another life|lost before|repeated|not so|which was never/,
		seed: 114,
	},
	"an event that is cut in two is lost": {
		file: "link/sse-parser.ts",
		right: "rest = blocks.pop() as string;",
		wrong: 'blocks.pop(); rest = "";',
		tells: /missing|not at rest/,
	},
	"characters that are cut in two are spoilt": {
		file: "ways/sse.ts",
		right: "{ stream: true }",
		wrong: "{ stream: false }",
		tells: /not of this log/,
	},
	"a poll asks again from where the one before it began": {
		file: "link/http-way.ts",
		right: "path: pathOf(sinks),",
		wrong: "path: Object.assign(sinks, { path: sinks.path ?? pathOf(sinks) }).path,",
		tells: /missing|not at rest|turning in a circle/,
	},
	"an answer to a poll with a gap does not tell it": {
		file: "link/polling.ts",
		right: "each(gaps, (gap) => sinks.get(gap.channel)?.gap(gap));",
		wrong: "",
		tells: /missing|not at rest|turning in a circle/,
	},
	"a request goes on after its link is closed": {
		file: "link/http-way.ts",
		right: "			request.abort();\n",
		wrong: "",
		tells: /closing left|still being sent|after closing/,
	},
	"a link that follows nothing asks nevertheless": {
		file: "link/http-way.ts",
		right: "if (sinks.size === 0) return opened();",
		wrong: "",
		tells: /asked for nothing/,
		little: true,
	},
	"the other channels are not asked for after one was refused": {
		file: "link/http-way.ts",
		right: "if (!signal.aborted) check();",
		wrong: "",
		tells: /not at rest|a publish/,
	},
	"one channel that is refused ends all of them": {
		file: "link/http-way.ts",
		right: "if ((channel ?? name) !== name) continue;",
		wrong: "",
		tells: /was ended: forbidden/,
	},
	// Choosing among them.
	"a link that was not chosen goes on": {
		file: "choose.ts",
		right: "if (which(one) && tries.delete(one)) one.link.close();",
		wrong: "if (which(one)) tries.delete(one);",
		tells: /left|still being sent/,
	},
	"a better way is never tried again": {
		file: "choose.ts",
		right: "if (better) plan(",
		wrong: "if (better && false) plan(",
		tells: /works again/,
	},
	"a trial that comes to nothing is the last one": {
		file: "choose.ts",
		right: "		probe(used as Try);\n",
		wrong: "",
		tells: /works again/,
	},
	"the next way is tried though the server asked to stay away": {
		file: "choose.ts",
		right: "!used && error.retryAfter === undefined",
		wrong: "!used",
		tells: /asked again/,
	},
	"answers are no sign of life once a way was chosen": {
		file: "choose.ts",
		right: "					events.heard();\n",
		wrong: "",
		tells: /well was lost/,
	},
	// Waiting and trying again.
	"the link does not wait as long as the server asks": {
		file: "machine.ts",
		right: "failures + 1 : 1 }, retryAfter);",
		wrong: "failures + 1 : 1 });",
		tells: /asked again/,
	},
	"a hint ends the wait that the server asked for": {
		file: "machine.ts",
		right: "state.pause?.least === 0 ? open(state) : state",
		wrong: "open(state)",
		tells: /asked again/,
		seed: 377,
	},
	"who wants something anew need not wait any more": {
		file: "machine.ts",
		right: "away > 0 ? wait(state, away) : open(state)",
		wrong: "open(state)",
		tells: /asked again/,
		seed: 488,
	},
	"trying again does not wait as long as the server asks": {
		file: "retry.ts",
		right: "environment.now() + retryAfter",
		wrong: "environment.now()",
		tells: /asked again \(publish\)/,
	},
	"the wait that the server asks for is not shared": {
		file: "retry.ts",
		right: "while (environment.now() < until && !over()) await pause(0, over);",
		wrong: "",
		tells: /asked again \(read\)/,
		seed: 175,
	},
	"a dead link is never noticed": {
		file: "watch.ts",
		right: "else dead();",
		wrong: "",
		tells: /not at rest/,
	},
	"the past is asked for once": {
		file: "session.ts",
		right: "retry.run(() => read(channel, start, page), over)",
		wrong: "read(channel, start, page)",
		tells: /was ended/,
	},
	// Publishing.
	"trying again to publish bears a new key": {
		file: "outbox.ts",
		right: "() => send(item)",
		wrong: "() => send({ ...item, idempotencyKey: environment.unique() })",
		tells: /stored twice/,
	},
	"what is published does not wait for what was published before": {
		file: "outbox.ts",
		right: "Promise.resolve(last.get(channel))",
		wrong: "Promise.resolve()",
		tells: /before what was published before/,
	},
	// Cursors that are kept.
	"the cursor kept is that of the fastest reader": {
		file: "persist.ts",
		right: "b.offset < a.offset ? b",
		wrong: "b.offset > a.offset ? b",
		tells: /has handled only|is kept as|missing/,
	},
	"one that has left still holds the cursor back": {
		file: "persist.ts",
		right: "if (!readers.delete(mine)) return;",
		wrong: "",
		tells: /is kept as/,
	},
	"hiding the page does not write the cursors": {
		file: "persist.ts",
		right: 'hint === "hide" && flush()',
		wrong: "false",
		tells: /is kept as/,
	},
	// What is left behind.
	"closing leaves the time of a publish": {
		file: "outbox.ts",
		right: "					cancel();\n",
		wrong: "",
		tells: /timers/,
	},
	"closing leaves the watch": {
		file: "connection.ts",
		right: "			watch?.stop();\n",
		wrong: "",
		tells: /timers/,
	},
	"closing leaves the listeners": {
		file: "connection.ts",
		right: "			unhint?.();\n",
		wrong: "",
		tells: /listeners/,
	},
	"closing leaves requests": {
		file: "session.ts",
		right: "for (const abort of requests) abort();",
		wrong: "",
		tells: /requests/,
	},
};

test.each(Object.entries(bugs))(
	"it finds that %s",
	{ timeout: 300_000 },
	async (_, { tells, little, seed: known = 0, ...bug }) => {
		const client = await plant(...(little ? [bug, roomForFour] : [bug]));
		let found: string | undefined;
		let seed = known;
		for (let tried = 0; tried < seeds && found === undefined; tried++) {
			seed = (known + tried) % seeds;
			found = (await simulate(seed, client)).find((text) => tells.test(text));
		}
		expect(found).toMatch(tells);
		if (process.env["VERBOSE"]) console.log(`seed ${seed}: ${found}`);
	},
);
