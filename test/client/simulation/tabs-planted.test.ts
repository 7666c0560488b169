/** What the simulation of tabs is worth: bugs that someone might write where they share a connection, each of which it must find. */
import { expect, test } from "vitest";
import { type Bug, plant } from "./planted.ts";
import { simulateTabs } from "./tabs-run.ts";

/** As many as the simulation's own test runs. */
const seeds = 500;

interface Planted extends Bug {
	/** What is told of it, whichever of these the first seed that shows it tells. */
	readonly tells: RegExp;
}

const bugs: Readonly<Record<string, Planted>> = {
	"a leader that says nothing any more is not noticed": {
		file: "tabs/share.ts",
		right: "() => link.check(), lose, quiet",
		wrong: "() => link.check(), () => undefined, quiet",
		tells: /not at rest after another tab led/,
	},
	"a frozen leader is never replaced": {
		file: "tabs/elect.ts",
		right: "() => lead({ steal: true })",
		wrong: "() => undefined",
		tells: /not at rest while others sleep/,
	},
	"a new leader does not say so": {
		file: "tabs/hub.ts",
		right: "	lead();\n	return",
		wrong: "	return",
		tells: /not at rest/,
	},
	"a leader does not answer who asks": {
		file: "tabs/hub.ts",
		right: "(frame as ToAll).leader ?? lead()",
		wrong: "(frame as ToAll).leader",
		tells: /not at rest|connections/,
	},
	"who leads follows another leader too, and leads on": {
		file: "tabs/elect.ts",
		right: "		if (leader) return lost();\n		timer();",
		wrong: "		timer();",
		tells: /connections|left channel|not at rest/,
	},
	"what a tab follows is not left when it is closed": {
		file: "tabs/hub.ts",
		right: "() => leave(from), closing",
		wrong: "() => undefined, closing",
		tells: /still being sent/,
	},
	"a tab that goes is not forgotten": {
		file: "tabs/hub.ts",
		right: "for (const channel of [...readings.keys()]) end(channel);",
		wrong: "",
		tells: /still being sent|closed/,
	},
	"a tab lets go of its name at once": {
		file: "tabs/share.ts",
		right: "elect(sharing, access, join, lose, ending);\n			return aborted(ending);",
		wrong: "elect(sharing, access, join, lose, ending);",
		tells: /not at rest/,
	},
	"a tab that sleeps is sent all that comes": {
		file: "tabs/hub.ts",
		right: "return --left > 0 ? undefined :",
		wrong: "return --left > -Infinity ? undefined :",
		tells: /frames wait/,
	},
	"what a tab confirms is counted twice": {
		file: "tabs/share.ts",
		right: "++count % room === 0",
		wrong: "++count % (room / 2) === 0",
		tells: /frames wait/,
	},
	"nothing goes on when a tab has confirmed": {
		file: "tabs/hub.ts",
		right: "for (const go of resume.splice(0)) go();",
		wrong: "",
		tells: /not at rest/,
	},
	"a tab is not told by which transport": {
		file: "tabs/hub.ts",
		right: "		tellTransport(guest);\n",
		wrong: "",
		tells: /not at rest/,
	},
	"a tab that is refused after it had begun asks for ever": {
		file: "tabs/hub.ts",
		right: 'refused.delete(channel) ? "now" :',
		wrong: "",
		tells: /not at rest/,
	},
	"a tab's publish has another key at the server": {
		file: "tabs/hub.ts",
		right: "session.publish(rest, givenUp)",
		wrong: "session.publish({ ...rest, idempotencyKey: undefined }, givenUp)",
		tells: /stored twice/,
	},
	"users share": {
		file: "scope.ts",
		right: "user ?? String(token)",
		wrong: '""',
		tells: /two users share/,
	},
	"closing leaves the ear for leaders": {
		file: "tabs/elect.ts",
		right: "		all.close();\n",
		wrong: "",
		tells: /left channel/,
	},
	"closing leaves the watch of the leader": {
		file: "tabs/share.ts",
		right: "				watch.stop();\n",
		wrong: "",
		tells: /left.* timers/,
	},
};

test.each(Object.entries(bugs))("it finds that %s", { timeout: 300_000 }, async (_, { tells, ...bug }) => {
	const client = await plant(bug);
	let found: string | undefined;
	let seed = 0;
	for (; seed < seeds && found === undefined; seed++) found = (await simulateTabs(seed, client)).find((text) => tells.test(text));
	expect(found).toMatch(tells);
	if (process.env["VERBOSE"]) console.log(`seed ${seed - 1}: ${found}`);
});
