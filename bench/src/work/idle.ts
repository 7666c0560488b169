/** Ten thousand readers who connect and then hear nothing: what letting them in costs, and what each of them holds. */
import { setTimeout as wait } from "node:timers/promises";
import type { Access, Peer } from "../peers/peer.ts";
import { cpuTime, residentBytes, total } from "../run/proc.ts";
import { Stage } from "../run/stage.ts";
import { columns, count, failed, judge, medians } from "./figures.ts";
import type { Context, Row, Section, Verdict, Work } from "./work.ts";

/** Connected before the first look: what a server loads for whoever comes first is not counted. */
const firstReaders = 100;
/** For what connecting leaves to be done later. */
const rest = 1000;

/** Node's garbage is collected by force, where the programs can be told to; what others free they free at once. */
async function memory({ running: { pids } }: Stage, collect: boolean): Promise<number> {
	await wait(rest);
	if (collect) {
		for (const pid of pids) process.kill(pid, "SIGUSR2");
		await wait(rest);
	}
	return total(pids, residentBytes);
}

async function measure(peer: Peer, access: Access, readers: number, context: Context): Promise<Row> {
	const who = { peer: peer.name, wire: access.wire, load: `${count(readers)} readers` };
	const collecting = peer.collects ?? false;
	const stage = await Stage.start(peer, { collecting, profile: context.profile });
	try {
		await stage.subscribe(access, firstReaders);
		const before = await memory(stage, collecting);
		const cpu = total(stage.running.pids, cpuTime);
		const generator = cpuTime(stage.generator.pid);
		const begin = performance.now();
		await stage.subscribe(access, readers);
		const nanoseconds = (performance.now() - begin) * 1e6;
		const figures = {
			connect: (total(stage.running.pids, cpuTime) - cpu) / 1000 / readers,
			rate: (readers / nanoseconds) * 1e9,
			generator: (cpuTime(stage.generator.pid) - generator) / nanoseconds,
			resident: ((await memory(stage, false)) - before) / readers / 1000,
			collected: ((await memory(stage, collecting)) - before) / readers / 1000,
		};
		return { ...who, figures };
	} catch (error) {
		return failed(who, error);
	} finally {
		await stage.end();
	}
}

function verdicts(rows: readonly Row[], readers: number): Verdict[] {
	const value = (peer: string, wire: string, figure: string) =>
		rows.find((row) => row.peer === peer && row.wire === wire)?.figures[figure] ?? Number.NaN;
	const kilobytes = { websocket: 8, sse: 10 } as const;
	return (["websocket", "sse"] as const).flatMap((wire) => [
		...judge({
			key: `idle ${wire} kB`,
			target: `${count(readers)} idle ${wire} readers: memory of each`,
			value: value("Holdfast", wire, "collected"),
			unit: "kB",
			sense: "at most",
			bound: kilobytes[wire],
		}),
		...judge({
			key: `connecting ${wire} CPU / Nchan`,
			target: `connecting ${count(readers)} ${wire} readers: CPU of Nchan's`,
			value: value("Holdfast", wire, "connect") / value("Nchan", wire, "connect"),
			unit: "×",
			sense: "at most",
			bound: 3,
		}),
	]);
}

async function run(context: Context): Promise<Section> {
	const readers = context.readers?.[0] ?? (context.quick ? 2000 : 10_000);
	const rows: Row[] = [];
	const notes: string[] = [];
	for (const peer of context.peers) {
		const own = Math.min(readers, peer.maxReaders ?? readers);
		if (own < readers) notes.push(`${peer.name}: ${count(own)} readers in the place of ${count(readers)}`);
		for (const access of peer.accesses) {
			if (access.wire === "short poll" || !(context.wires?.includes(access.wire) ?? true)) continue;
			context.say(`idle: ${peer.name} ${access.wire}`);
			rows.push(await measure(peer, access, own, context));
		}
	}
	const shown = medians(rows);
	return {
		name: "idle",
		title: "Connecting, and idle readers",
		text: [
			`Resident memory of the server's processes (kB of 1,000 bytes) and its CPU with so many readers more, divided by their number,`,
			`${firstReaders} being there before. A server on Node is asked to collect its garbage before the first and the last look.`,
			"What the kernel holds for sockets is not in it; it is the same for all.",
		].join(" "),
		tables: [
			{
				columns: [
					{ figure: "connect", title: "server µs to connect", digits: 0 },
					{ figure: "rate", title: "connected/s", digits: 0 },
					{ figure: "collected", title: "kB a reader", digits: 1 },
					{ figure: "resident", title: "before collecting", digits: 1 },
					columns.generator,
				],
				rows: shown,
			},
		],
		charts: [
			{
				name: "idle",
				title: "An idle reader",
				unit: "kB",
				kind: "bars",
				groups: shown.map(({ peer, wire }) => `${peer} ${wire}`),
				series: [{ name: "kB a reader", values: shown.map(({ figures }) => figures["collected"]) }],
			},
		],
		verdicts: verdicts(shown, readers),
		notes,
	};
}

export const idle: Work = { name: "idle", title: "10,000 readers connect, and stay idle", run };
