/** Long polls that wait for one message, are woken all at once, and come back. */

import type { Access, Peer } from "../peers/peer.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { columns, count, failed, judge, medians, rowOf } from "./figures.ts";
import type { Context, Row, Section, Verdict, Work } from "./work.ts";

const windows = [1, 16] as const;
const judgedPeers = ["Holdfast", "Nchan"];

function polls(peer: Peer): Access | undefined {
	return peer.accesses.find(({ wire }) => wire === "long poll");
}

async function measure(peer: Peer, readers: number, context: Context): Promise<Row[]> {
	const access = polls(peer);
	if (access === undefined) return [];
	const who = (window: number) => ({
		peer: peer.name,
		wire: access.wire,
		load: `${count(readers)} readers, window ${window}`,
	});
	const rows: Row[] = [];
	const stage = await Stage.start(peer, { profile: context.profile });
	try {
		await stage.subscribe(access, readers);
		for (const publishers of windows) {
			const measured = await stage.measure(
				{ publishers, milliseconds: 1500 },
				publishers > 1 ? warmUp / 2 : context.quick ? warmUp : 2 * warmUp,
			);
			rows.push(rowOf(who(publishers), measured));
			if (measured.faults.length > 0) break;
			await stage.settle();
		}
	} catch (error) {
		rows.push(failed(who(windows[rows.length] ?? 1), error));
	} finally {
		await stage.end();
	}
	return rows;
}

function verdicts(rows: readonly Row[]): Verdict[] {
	const bounds = { 1: 2, 16: 1 } as const;
	return windows.flatMap((window) => {
		const cpu = (peer: string) =>
			rows.find((row) => row.peer === peer && row.load === `1,000 readers, window ${window}`)?.figures["cpu"] ?? Number.NaN;
		return judge({
			key: `herd window ${window} CPU / Nchan`,
			target: `long-poll herd of 1,000, window ${window}: CPU a delivery of Nchan's`,
			value: cpu("Holdfast") / cpu("Nchan"),
			unit: "×",
			sense: "at most",
			bound: bounds[window],
		});
	});
}

async function run(context: Context): Promise<Section> {
	const counts = context.readers ?? (context.quick ? [1000] : [1000, 10_000]);
	const rows: Row[] = [];
	const notes: string[] = [];
	for (let repetition = 1; repetition <= context.repetitions; repetition++) {
		for (const readers of counts) {
			for (const peer of context.peers) {
				// Again where a target is about it.
				if (repetition > 1 && (readers > 1000 || !judgedPeers.includes(peer.name))) continue;
				if (readers > (peer.maxReaders ?? readers)) {
					if (polls(peer)) notes.push(`${peer.name}: not measured with ${count(readers)} readers`);
					continue;
				}
				context.say(`herd ${repetition}/${context.repetitions}: ${peer.name}, ${count(readers)} readers`);
				rows.push(...(await measure(peer, readers, context)));
			}
		}
	}
	const shown = medians(rows);
	const { rate, cpu, p50, p99, p999, bytes, server, generator } = columns;
	return {
		name: "herd",
		title: "The herd: long polls woken at once",
		text: "Each reader has a long poll waiting on a kept connection; a message answers all of them, and each asks again from where it is.",
		tables: [{ columns: [rate, cpu, p50, p99, p999, bytes, server, generator], rows: shown }],
		charts: [
			{
				name: "herd-cpu",
				title: "Long-poll herd",
				unit: "server µs/delivery",
				kind: "bars",
				groups: [...new Set(shown.map(({ load }) => load))],
				series: [...new Set(shown.map(({ peer }) => peer))].map((name) => ({
					name,
					values: [...new Set(shown.map(({ load }) => load))].map(
						(load) => shown.find((row) => row.peer === name && row.load === load)?.figures["cpu"],
					),
				})),
			},
		],
		verdicts: verdicts(shown),
		notes,
	};
}

export const herd: Work = { name: "herd", title: "long polls woken at once", run };
