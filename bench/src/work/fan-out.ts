/** One channel, many readers: with so many messages in flight, and at fixed rates. */
import type { Access, Peer } from "../peers/peer.ts";
import { type Loading, Stage, warmUp } from "../run/stage.ts";
import { columns, count, failed, judge, medians, rowOf } from "./figures.ts";
import type { Chart, Context, Row, Section, Verdict, Work } from "./work.ts";

interface Load extends Loading {
	readonly name: string;
	readonly bytes: number;
}

/** What the generator can take in a second, with room to spare. */
const mostDeliveries = 1_200_000;
const mostBytes = 500e6;

const windows = [1, 16] as const;
const rates = [100, 1000, 5000] as const;
const ratePublishers = 32;

function loadsFor(readers: number, milliseconds: number): Load[] {
	return [128, 4096].flatMap((bytes) => [
		...windows.map((publishers) => ({ name: `${bytes} B, window ${publishers}`, bytes, publishers, milliseconds })),
		...(bytes === 128 ? rates : [1000])
			.filter((rate) => rate * readers <= mostDeliveries && rate * readers * bytes <= mostBytes)
			.map((rate) => ({ name: `${bytes} B, ${count(rate)}/s`, bytes, publishers: ratePublishers, rate, milliseconds })),
	]);
}

/** What the targets are about, by readers. */
const judged: Readonly<Record<number, readonly string[]>> = {
	100: ["128 B, 1,000/s"],
	1000: ["128 B, window 1", "128 B, window 16"],
};
/** Of other counts, in a quick run that names them. */
const otherwise = ["128 B, window 1", "128 B, window 16"];
const judgedPeers = ["Holdfast", "Nchan", "Socket.IO", "ws loop", "bare send()"];

export function streams(peer: Peer, { wires }: Context): readonly Access[] {
	return peer.accesses.filter(({ wire }) => !wire.endsWith("poll") && (wires?.includes(wire) ?? true));
}

/** What runs in one's own server is what the command runs: where time is short it is measured only if it was asked for. */
export function isTwin(peer: Peer, { peers }: Context): boolean {
	return peer.name === "Holdfast embedded" && peers.some(({ name }) => name === "Holdfast");
}

const nameOf = (readers: number, load: string) => `${count(readers)} readers, ${load}`;

/** All loads on one server with its readers; a new one where a load has broken it. */
async function measure(peer: Peer, access: Access, readers: number, loads: readonly Load[], context: Context): Promise<Row[]> {
	const rows: Row[] = [];
	let stage: Stage | undefined;
	for (const load of loads) {
		const who = { peer: peer.name, wire: access.wire, load: nameOf(readers, load.name) };
		try {
			if (stage === undefined) {
				stage = await Stage.start(peer, { profile: context.profile });
				await stage.subscribe(access, readers);
				await stage.load({ publishers: 16, milliseconds: warmUp });
			}
			const measured = await stage.measure(load, load.rate === undefined ? undefined : load.milliseconds);
			rows.push(rowOf(who, measured, load.rate));
			if (measured.faults.length === 0) continue;
		} catch (error) {
			rows.push(failed(who, error));
		}
		await stage?.end();
		stage = undefined;
	}
	await stage?.end();
	return rows;
}

async function measureAll(context: Context): Promise<{ readonly rows: Row[]; readonly notes: string[] }> {
	const counts = context.readers ?? (context.quick ? [100, 1000] : [10, 100, 1000, 10_000]);
	const rows: Row[] = [];
	const notes: string[] = [];
	for (let repetition = 1; repetition <= context.repetitions; repetition++) {
		const whole = repetition === 1 && !context.quick;
		for (const readers of counts) {
			const all = loadsFor(readers, context.quick ? 600 : 800);
			const names = judged[readers] ?? (context.quick ? otherwise : []);
			const some = all.filter(({ name }) => names.includes(name));
			const loads = whole ? all : some;
			if (loads.length === 0) continue;
			for (const peer of context.peers) {
				if (!whole && !judgedPeers.includes(peer.name)) continue;
				if (isTwin(peer, context) && readers !== 1000) continue;
				if (readers > (peer.maxReaders ?? readers)) {
					if (whole) notes.push(`${peer.name}: not measured with ${count(readers)} readers`);
					continue;
				}
				for (const access of streams(peer, context)) {
					context.say(`fan-out ${repetition}/${context.repetitions}: ${peer.name} ${access.wire}, ${count(readers)} readers`);
					rows.push(...(await measure(peer, access, readers, loads, context)));
				}
			}
		}
	}
	return { rows: medians(rows), notes };
}

function verdicts(rows: readonly Row[]): Verdict[] {
	const value = (peer: string, wire: string, load: string, figure: string) =>
		rows.find((row) => row.peer === peer && row.wire === wire && row.load === load)?.figures[figure] ?? Number.NaN;
	const ratio = (wire: string, peer: string, otherWire: string, load: string, figure: string) =>
		value("Holdfast", wire, load, figure) / value(peer, otherWire, load, figure);
	/** Where the generator was the limit the server could have done more: then its CPU alone tells how much. */
	const times = (wire: string, peer: string, otherWire: string, load: string) =>
		Math.min(ratio(wire, peer, otherWire, load, "rate"), 1 / ratio(wire, peer, otherWire, load, "cpu"));
	const [one, sixteen, rate] = [
		"1,000 readers, 128 B, window 1",
		"1,000 readers, 128 B, window 16",
		"100 readers, 128 B, 1,000/s",
	];
	const all: Omit<Verdict, "met">[] = [];
	for (const wire of ["websocket", "sse"]) {
		const many = { unit: "×", sense: "at least" } as const;
		all.push(
			{
				...many,
				key: `fan-out ${wire} window 16 / Nchan`,
				target: `${wire}, window 16, 1,000 readers: deliveries/s, and a CPU second, of Nchan's`,
				value: times(wire, "Nchan", wire, sixteen),
				bound: 4,
			},
			{
				...many,
				key: `fan-out ${wire} window 16 / Socket.IO`,
				target: `${wire}, window 16, 1,000 readers: deliveries/s, and a CPU second, of Socket.IO's`,
				value: times(wire, "Socket.IO", "socket.io", sixteen),
				bound: 10,
			},
		);
	}
	const cpu = (wire: string, peer: string, otherWire: string, bound: number) =>
		all.push({
			key: `fan-out ${wire} window 1 CPU / ${peer}`,
			target: `${wire}, one message in flight, 1,000 readers: CPU a delivery of ${peer}'s`,
			value: ratio(wire, peer, otherWire, one, "cpu"),
			unit: "×",
			sense: "at most",
			bound,
		});
	cpu("websocket", "Nchan", "websocket", 1.2);
	cpu("websocket", "bare send()", "websocket", 1.8);
	cpu("sse", "Nchan", "sse", 1);
	for (const wire of ["websocket", "sse"]) {
		const late = { unit: "×", sense: "at most" } as const;
		const head = `${wire}, 1,000 messages/s to 100 readers: p99 of`;
		all.push(
			{
				...late,
				key: `p99 ${wire} / Nchan`,
				target: `${head} Nchan's`,
				value: ratio(wire, "Nchan", wire, rate, "p99"),
				bound: 1,
			},
			{
				...late,
				key: `p99 ${wire} / Socket.IO`,
				target: `${head} Socket.IO's`,
				value: ratio(wire, "Socket.IO", "socket.io", rate, "p99"),
				bound: 0.5,
			},
		);
	}
	return all.flatMap(judge);
}

function chart(rows: readonly Row[], figure: string, load: string, shape: Pick<Chart, "name" | "title" | "unit">): Chart {
	const mine = rows.filter((row) => row.load.endsWith(load));
	const groups = [...new Set(mine.map((row) => row.load.split(" ")[0] as string))];
	const names = [...new Set(mine.map(({ peer, wire }) => `${peer} ${wire}`))];
	const series = names.map((name) => ({
		name,
		values: groups.map(
			(group) => mine.find((row) => `${row.peer} ${row.wire}` === name && row.load.startsWith(`${group} `))?.figures[figure],
		),
	}));
	return { ...shape, kind: "lines", logarithmic: true, groups: groups.map((group) => `${group} readers`), series };
}

const all = [columns.rate, columns.cpu, columns.p50, columns.p99, columns.p999, columns.bytes, columns.server, columns.generator];

async function run(context: Context): Promise<Section> {
	const { rows, notes } = await measureAll(context);
	const counts = [...new Set(rows.map(({ load }) => load.split(" ")[0] as string))];
	return {
		name: "fan-out",
		title: "Fan-out: one channel, many readers",
		text: [
			"One server on a core of its own, published to over HTTP; so many messages in flight in all, each until every reader has it,",
			"or so many published each second. A rate that a server cannot hold is shown with what it reached.",
			`Rates of more than ${count(mostDeliveries)} deliveries a second are left out.`,
		].join(" "),
		tables: counts.map((readers) => ({
			title: `${readers} readers`,
			columns: all,
			rows: rows.filter(({ load }) => load.startsWith(`${readers} `)),
		})),
		charts: [
			chart(rows, "rate", "128 B, window 16", { name: "fan-out-16", title: "Window of 16, 128 B", unit: "deliveries/s" }),
			chart(rows, "cpu", "128 B, window 1", {
				name: "fan-out-1-cpu",
				title: "One message in flight, 128 B",
				unit: "server µs/delivery",
			}),
			chart(rows, "p99", "128 B, 100/s", { name: "fan-out-p99", title: "100 messages a second, 128 B", unit: "p99 ms" }),
		],
		verdicts: verdicts(rows),
		notes,
	};
}

export const fanOut: Work = { name: "fan-out", title: "one channel, many readers", run };
