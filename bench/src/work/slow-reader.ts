/** Readers who do not read, beside a hundred who do: what the others notice, and what the server keeps for them. */
import type { Access, Peer } from "../peers/peer.ts";
import { residentBytes, total } from "../run/proc.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { isTwin, streams } from "./fan-out.ts";
import { columns, failed, figuresOf, noteOf } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const readers = 100;
const slow = 10;
/** Enough to fill what the kernel takes for a socket that nobody reads. */
const load = { publishers: 16, rate: 500, bytes: 4096, milliseconds: 4000 } as const;

async function measure(peer: Peer, access: Access, stalled: number, profile: boolean): Promise<Row> {
	const who = { peer: peer.name, wire: access.wire, load: stalled === 0 ? "all read" : `${stalled} do not read` };
	const stage = await Stage.start(peer, { profile });
	try {
		await stage.subscribe(access, readers);
		await stage.load({ publishers: 4, bytes: load.bytes, milliseconds: warmUp });
		const { port, pids } = stage.running;
		await stage.generator.ask("stall", { wire: access.wire, port, path: access.path(Stage.channel(0)), readers: stalled });
		const before = total(pids, residentBytes);
		const measured = await stage.load(load);
		if (measured.faults.length > 0) throw new Error(measured.faults.join("; "));
		const grown = (total(pids, residentBytes) - before) / 1e6;
		const note = noteOf(measured, load.rate);
		return { ...who, figures: { ...figuresOf(measured), grown }, ...(note !== undefined && { note }) };
	} catch (error) {
		return failed(who, error);
	} finally {
		await stage.end();
	}
}

async function run(context: Context): Promise<Section> {
	const rows: Row[] = [];
	for (const peer of context.peers) {
		if (isTwin(peer, context)) continue;
		for (const access of streams(peer, context)) {
			for (const stalled of [0, slow]) {
				context.say(`slow-reader: ${peer.name} ${access.wire}, ${stalled}`);
				rows.push(await measure(peer, access, stalled, context.profile));
			}
		}
	}
	const { rate, cpu, p50, p99, p999, server } = columns;
	return {
		name: "slow-reader",
		title: "Slow readers beside fast ones",
		text: [
			`${readers} readers and ${load.rate} messages a second of ${load.bytes} B for ${load.milliseconds / 1000} s, once alone and once with ${slow} more`,
			"connections that are never read. Latencies are those of the readers who read.",
		].join(" "),
		tables: [
			{ columns: [rate, cpu, p50, p99, p999, server, { figure: "grown", title: "MB that the server grew by", digits: 0 }], rows },
		],
		charts: [],
		verdicts: [],
		notes: [],
	};
}

export const slowReader: Work = { name: "slow-reader", title: "slow readers beside fast ones", run };
