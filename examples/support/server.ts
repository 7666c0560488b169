/** Support: visitors wait in a line, an agent takes one, and the two talk in a channel that nobody else may read. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, kept, nameField, problem, readableName, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

interface Person {
	readonly id: string;
	readonly name: string;
}

/** Its id is also the visitor's, who is a new one in each talk. */
interface Talk extends Person {
	/** Milliseconds since 1970. */
	readonly since: number;
	readonly agent?: Person;
}

/** What the cookie says. */
interface Who extends Person {
	readonly role: "visitor" | "agent";
}

/** All open talks, for agents; how many wait, for everybody. */
const line = "support.line";
const waiting = "support.waiting";
const channelOf = (talk: string) => `support.talk.${talk}`;
const mostOpen = 100;
/** After which a talk that nobody closed makes room for another. */
const longest = 12 * 60 * 60 * 1000;

const text = { type: "string", maxLength: 2000, pattern: "\\S" };
const talk = { type: "string", maxLength: 40 };

const isOf = (who: Who | undefined) => (talk: Talk) =>
	who !== undefined && (who.role === "agent" ? talk.agent : talk)?.id === who.id;

/** Those that are open, where there is room for one more. */
function withRoom(talks: readonly Talk[]): readonly Talk[] {
	const open = talks.filter(({ since }) => Date.now() - since < longest);
	if (open.length >= mostOpen) throw problem(503, "Too many people are waiting. Come back in a while.");
	return open;
}

function refuseBusy(talks: readonly Talk[], who: Who | undefined): void {
	if (talks.some(isOf(who))) throw problem(409, "You are in a talk. Close it first.");
}

function find(talks: readonly Talk[], id: string): Talk {
	const found = talks.find((talk) => talk.id === id);
	if (found === undefined) throw problem(404, "This talk is closed.");
	return found;
}

function take(talks: readonly Talk[], wanted: Talk, who: Who): readonly Talk[] {
	if (isOf(who)(wanted)) return talks;
	if (wanted.agent) throw problem(409, `${wanted.agent.name} has taken this visitor.`);
	refuseBusy(talks, who);
	return talks.map((talk) => (talk === wanted ? { ...talk, agent: { id: who.id, name: who.name } } : talk));
}

export const support: Example = async (app, { log, drainTime }) => {
	const people = session(app, "who");
	const whoIs = (request: Pick<IncomingMessage, "headers">): Who | undefined =>
		JSON.parse(people.of(request) ?? "null") ?? undefined;

	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize(request, channel, action) {
			if (action === "admin") return false;
			if (channel === waiting) return action === "read";
			const who = whoIs(request);
			if (who === undefined) return "unauthorized";
			if (channel === line) return action === "read" && who.role === "agent";
			const isOpen = desk.value.filter(isOf(who)).some(({ id }) => channel === channelOf(id));
			return isOpen && { from: `${who.role}:${who.name}` };
		},
	});
	const desk = await kept<readonly Talk[]>(log, holdfast, line, []);
	await site(app, import.meta.url, holdfast);

	const change = async (next: (talks: readonly Talk[]) => readonly Talk[]) => {
		const talks = await desk.change(next);
		await holdfast.publish(waiting, talks.filter(({ agent }) => agent === undefined).length);
	};
	/** Tells the pages of a talk to ask how it stands. One that misses this by a crash asks when it is connected again. */
	const nudge = (talk: string) => holdfast.publish(channelOf(talk), {}, { event: "changed" });

	app.get("/me", async (request, reply) => {
		reply.header("Cache-Control", "no-store");
		const who = whoIs(request);
		return { who, talk: desk.value.find(isOf(who)) };
	});

	app.post<{ Body: { name: string; text: string } }>("/join", body({ name: nameField, text }), async (request, reply) => {
		refuseBusy(desk.value, whoIs(request));
		withRoom(desk.value);
		const visitor = { id: randomUUID(), name: readableName(request.body.name) };
		// First what is asked, then the place in the line: no agent finds an empty talk.
		await holdfast.publish(channelOf(visitor.id), { text: request.body.text.trim() }, { from: `visitor:${visitor.name}` });
		await change((talks) => [...withRoom(talks), { ...visitor, since: Date.now() }]);
		people.set(reply, JSON.stringify({ role: "visitor", ...visitor }));
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

	app.post<{ Body: { talk: string } }>("/take", body({ talk }), async (request) => {
		const who = whoIs(request);
		if (who?.role !== "agent") throw problem(401, "Sit at the desk first.");
		await change((talks) => take(talks, find(talks, request.body.talk), who));
		await nudge(request.body.talk);
		return {};
	});

	app.post<{ Body: { talk: string } }>("/close", body({ talk }), async (request) => {
		await change((talks) => {
			const ended = find(talks, request.body.talk);
			if (!isOf(whoIs(request))(ended)) throw problem(403, "This is not a talk of yours.");
			return talks.filter((talk) => talk !== ended);
		});
		await nudge(request.body.talk);
		return {};
	});
};

export const app = alone("/support", support);
