/**
 * With `--workers` each process has numbers of its own. Whichever is asked asks the first process, which has those of all told to it
 * and hands them on.
 */
import cluster from "node:cluster";
import type { Order, Report } from "../workers/task.ts";
import type { Told } from "./metrics.ts";

/** A process that stands still keeps nobody waiting for longer, in milliseconds; its numbers are then missing. */
const patience = 1000;

/** In a process that serves: its own numbers are told when they are asked for, and `all` resolves with those of all. */
export interface Team {
	/** Takes what the first process says; false when it is about something else. */
	take(order: Order): boolean;
	all(): Promise<readonly Told[]>;
}

export function joinTeam(report: (one: Report) => unknown, own: () => Promise<Told> | undefined): Team {
	const waiting = new Map<number, (told: readonly Told[]) => void>();
	let asked = 0;
	return {
		take(order) {
			if ("scraped" in order) {
				waiting.get(order.scraped)?.(order.told);
				waiting.delete(order.scraped);
			} else if ("gather" in order) {
				void own()?.then((told) => report({ gathered: order.gather, told }));
			} else return false;
			return true;
		},
		all: () =>
			new Promise((resolve) => {
				const scrape = ++asked;
				waiting.set(scrape, resolve);
				report({ scrape });
			}),
	};
}

/** In the first process. Ends it when called. */
export function serveTeam(): () => void {
	const gathering = new Map<number, (told: Told) => void>();
	let asked = 0;
	const gather = async (): Promise<readonly Told[]> => {
		const members = Object.values(cluster.workers ?? {}).filter((member) => member?.isConnected());
		const told: Told[] = [];
		const gathers = members.map((member) => {
			const n = ++asked;
			const answered = new Promise<void>((resolve) => {
				gathering.set(n, (one) => {
					told.push(one);
					resolve();
				});
			});
			member?.send({ gather: n } satisfies Order, () => undefined);
			return { n, answered };
		});
		const timer = new AbortController();
		const late = new Promise<void>((resolve) => {
			const timeout = setTimeout(resolve, patience);
			timer.signal.addEventListener("abort", () => clearTimeout(timeout));
		});
		await Promise.race([late, Promise.all(gathers.map(({ answered }) => answered))]);
		timer.abort();
		for (const { n } of gathers) gathering.delete(n);
		return told;
	};
	const heard = (member: { send(order: Order, done: () => void): unknown }, report: Report) => {
		if ("gathered" in report) gathering.get(report.gathered)?.(report.told);
		else if ("scrape" in report) {
			void gather().then((told) => member.send({ scraped: report.scrape, told }, () => undefined));
		}
	};
	cluster.on("message", heard);
	return () => cluster.off("message", heard);
}
