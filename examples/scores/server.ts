/** Scores: prices that change many times a second. Each message holds all of them, so whoever has the newest has everything. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { alone, type Example, kept, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

export interface Prices {
	readonly tick: number;
	/** Of each team, in cents. */
	readonly cents: Readonly<Record<string, number>>;
}

const teams = [
	"Anchor",
	"Beacon",
	"Cutter",
	"Dinghy",
	"Estuary",
	"Fathom",
	"Galley",
	"Harbour",
	"Islet",
	"Jetty",
	"Keel",
	"Lagoon",
];
const start: Prices = { tick: 0, cents: Object.fromEntries(teams.map((team) => [team, 10_000])) };
const pauseMs = 100;
const changes = 5;
/** How long it goes on after a page has said that somebody looks. */
const watchedMs = 12_000;

export const scores: Example = async (app, { log, drainTime }) => {
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		authorize: (_, channel, action) => channel === "scores" && action === "read",
	});
	await site(app, import.meta.url, holdfast);
	// The newest message is also what a server that starts again goes on from.
	const prices = await kept(log, holdfast, "scores", start);

	let until = 0;
	let running = false;
	/** One message for all that changed in a tick: a durable log flushes each publish to disk. */
	async function run(): Promise<void> {
		running = true;
		while (Date.now() < until) {
			const next = pause(pauseMs);
			// What could not be stored was not published; the next tick tries again.
			await prices.change(move).catch(() => undefined);
			await next;
		}
		running = false;
	}
	app.post("/watch", async () => {
		until = Date.now() + watchedMs;
		if (!running) void run();
		return {};
	});
	app.addHook("preClose", async () => {
		until = 0;
	});
};

/** The same in every run: the chance is a hash of the number of the tick. */
function move({ tick, cents }: Prices): Prices {
	const dice = createHash("sha256").update(`scores ${tick}`).digest();
	const moved: Record<string, number> = { ...cents };
	for (let i = 0; i < changes; i++) {
		const team = teams[dice.readUInt8(2 * i) % teams.length] as string;
		const price = moved[team] ?? 10_000;
		// A little back to the middle each time, so that no price runs away.
		moved[team] = price + Math.round((dice.readUInt8(2 * i + 1) - 127.5) / 4 + (10_000 - price) / 200);
	}
	return { tick: tick + 1, cents: moved };
}

export const app = alone("/scores", scores);
