/** Support: visitors wait in a line, an agent takes one, and the two talk in a channel that nobody else may read. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, kept, nameField, problem, readableName, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

/** What the cookie says. A visitor is a new one in each talk. */
export interface Person {
	readonly role: "visitor" | "agent";
	readonly id: string;
	readonly name: string;
}

/** Without an agent its visitor waits. `since` is in milliseconds since 1970. */
export interface Talk {
	readonly visitor: Person;
	readonly agent?: Person;
	readonly since: number;
}

/** All open talks, for agents. */
const line = "support.line";
const channelOf = (visitor: string) => `support.talk.${visitor}`;
const from = ({ role, name }: Person) => ({ from: `${role}:${name}` });
const mostOpen = 100;
/** After which a talk that nobody closed makes room for another. */
const longest = 12 * 60 * 60 * 1000;

const isOf = (who: Person | null) => (talk: Talk) => who !== null && talk[who.role]?.id === who.id;

/** Those that are open, where there is room for one more. */
function withRoom(talks: readonly Talk[]): readonly Talk[] {
	const open = talks.filter(({ since }) => Date.now() - since < longest);
	if (open.length >= mostOpen) throw problem(503, "Too many people are waiting. Come back in a while.");
	return open;
}

function refuseBusy(talks: readonly Talk[], who: Person | null): void {
	if (talks.some(isOf(who))) throw problem(409, "You are in a talk. Close it first.");
}

export const support: Example = async (app, { log, drainTime }) => {
	const people = session(app, "who");
	const whoIs = (request: Pick<IncomingMessage, "headers">): Person | null => JSON.parse(people.of(request) ?? "null");
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize(request, channel, action) {
			const who = whoIs(request);
			if (who === null) return "unauthorized";
			if (channel === line) return action === "read" && who.role === "agent";
			const mine = desk.value.find(isOf(who));
			return mine !== undefined && action !== "admin" && channel === channelOf(mine.visitor.id) && from(who);
		},
	});
	const desk = await kept<readonly Talk[]>(log, holdfast, line, []);
	await site(app, import.meta.url, holdfast);

	app.get("/me", async (request, reply) => {
		reply.header("Cache-Control", "no-store");
		const who = whoIs(request);
		return { who, talk: desk.value.find(isOf(who)) };
	});

	const text = { type: "string", maxLength: 2000, pattern: "\\S" };
	app.post<{ Body: { name: string; text: string } }>("/join", body({ name: nameField, text }), async (request, reply) => {
		refuseBusy(desk.value, whoIs(request));
		withRoom(desk.value);
		const visitor: Person = { role: "visitor", id: randomUUID(), name: readableName(request.body.name) };
		// First what is asked, then the place in the line: no agent finds an empty talk.
		await holdfast.publish(channelOf(visitor.id), { text: request.body.text.trim() }, from(visitor));
		await desk.change((talks) => [...withRoom(talks), { visitor, since: Date.now() }]);
		people.set(reply, JSON.stringify(visitor));
		return {};
	});

	app.post<{ Body: { name: string } }>("/sit", body({ name: nameField }), async (request, reply) => {
		refuseBusy(desk.value, whoIs(request));
		people.set(reply, JSON.stringify({ role: "agent", id: randomUUID(), name: readableName(request.body.name) }));
		return {};
	});

	app.post("/leave", async (request, reply) => {
		refuseBusy(desk.value, whoIs(request));
		people.clear(reply);
		return {};
	});

	const talk = { type: "string", maxLength: 40 };
	app.post<{ Body: { talk: string } }>("/take", body({ talk }), async (request) => {
		const who = whoIs(request);
		if (who?.role !== "agent") throw problem(401, "Sit at the desk first.");
		await desk.change((talks) => {
			refuseBusy(talks, who);
			const wanted = talks.find(({ visitor, agent }) => visitor.id === request.body.talk && agent === undefined);
			if (wanted === undefined) throw problem(409, "This visitor waits no longer. Take another.");
			return talks.map((talk) => (talk === wanted ? { ...talk, agent: who } : talk));
		});
		// Where a crash prevents it, the visitor sees by the agent's first words who it is.
		await holdfast.publish(channelOf(request.body.talk), {}, { event: "taken", ...from(who) });
		return {};
	});

	app.post<{ Body: { talk: string } }>("/close", body({ talk }), async (request) => {
		await desk.change((talks) => {
			const mine = talks.find(isOf(whoIs(request)));
			if (mine?.visitor.id !== request.body.talk) throw problem(403, "You are not in this talk, or it is closed.");
			return talks.filter((talk) => talk !== mine);
		});
		// Where a crash prevents it, the channel is refused to whoever comes back to it.
		await holdfast.publish(channelOf(request.body.talk), {}, { event: "closed" });
		return {};
	});
};

export const app = alone("/support", support);
