/** Vote: every ballot is kept, in a channel that the server alone reads. What counts is each voter's newest. */
import { randomBytes } from "node:crypto";
import { alone, body, type Example, problem, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

const choices = ["WebSocket", "Server-Sent Events", "Long poll", "Short poll"];

/** So often at most are the totals told: a reader wants the newest, not each. Milliseconds. */
const pause = 250;

interface Ballot {
	readonly voter: string;
	readonly choice: number;
}

/** Not by its type: Fastify would take null for 0. */
const ballot = body({ choice: { enum: choices.map((_, choice) => choice) } });

export interface VoteOptions {
	/** Ballots in all, changes of mind too; then the poll is closed. A log keeps 10,000, and a ballot must not be dropped. */
	readonly ballots: number;
	/** Ballots of one voter, so that nobody closes the poll alone. */
	readonly each: number;
}

export function voteFor(most: VoteOptions): Example {
	return async (app, { log, drainTime }) => {
		const voters = session(app, "voter");
		const holdfast = createHoldfast({
			log,
			drainTime,
			prefix: app.prefix,
			authorize: (_, channel, action) => action === "read" && channel === "vote.totals",
		});
		await site(app, import.meta.url, holdfast);

		const newest = new Map<string, { readonly choice: number; readonly ballots: number }>();
		let cast = 0;
		const count = ({ voter, choice }: Ballot) => {
			newest.set(voter, { choice, ballots: (newest.get(voter)?.ballots ?? 0) + 1 });
			cast += 1;
		};

		let timer: NodeJS.Timeout | undefined;
		const tellSoon = () => {
			timer ??= setTimeout(() => {
				timer = undefined;
				const votes = choices.map((_, choice) => [...newest.values()].filter((vote) => vote.choice === choice).length);
				// What fails is told the next time.
				holdfast.publish("vote.totals", { votes, open: cast < most.ballots }).catch(() => undefined);
			}, pause);
		};

		// Counted here alone, in the order that was stored, before a start as after it.
		const stored = (await log.describe("vote.ballots")).messages;
		const counted = await new Promise<{ close(): void }>((resolve) => {
			const message = ({ data }: { readonly data: unknown }) => {
				count(data as Ballot);
				if (cast < stored) return;
				tellSoon();
				resolve(subscription);
			};
			// Ballots that can no longer be read are not waited for.
			const gap = () => resolve(subscription);
			const subscription = holdfast.subscribe("vote.ballots", { message, gap }, { after: "first" });
			if (stored === 0) resolve(subscription);
		});
		tellSoon();
		app.addHook("onClose", async () => {
			counted.close();
			clearTimeout(timer);
		});

		app.post("/session", async (request, reply) => {
			const voter = voters.of(request) ?? randomBytes(16).toString("base64url");
			voters.set(reply, voter);
			return { voter, choices, choice: newest.get(voter)?.choice ?? null };
		});

		app.post<{ Body: { choice: number } }>("/ballots", ballot, async (request) => {
			const voter = voters.of(request);
			const { choice } = request.body;
			if (voter === undefined) throw problem(400, "You are not on the list of voters yet. Open the page first.");
			const before = newest.get(voter);
			if (before?.choice === choice) return { choice };
			if (cast >= most.ballots) throw problem(409, "The poll is closed: all ballots are used.");
			if (before !== undefined && before.ballots >= most.each) throw problem(409, "You have changed your vote often enough.");
			await holdfast.publish("vote.ballots", { voter, choice } satisfies Ballot);
			return { choice };
		});
	};
}

export const vote = voteFor({ ballots: 5000, each: 50 });

export const app = alone("/vote", vote);
