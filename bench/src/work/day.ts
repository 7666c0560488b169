/** A chat of 200 rooms as it goes on: over all the wires that a peer has, with people who come and go. */
import type { Access, Peer } from "../peers/peer.ts";
import { residentBytes, total } from "../run/proc.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { columns, failed, figuresOf, noteOf } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const rooms = 200;
/** Of ten readers of a room; what a peer does not have is read over its best wire. */
const mixture = { websocket: 6, sse: 3, "long poll": 1 } as const;
const visits = { perSecond: 50, milliseconds: 2000 } as const;
const talk = { channels: rooms, publishers: 32, rate: 500, bytes: 256 } as const;

function mix(peer: Peer): { readonly access: Access; readonly readers: number }[] {
	const [best] = peer.accesses;
	if (best === undefined) return [];
	const parts = new Map<Access, number>();
	for (const [wire, readers] of Object.entries(mixture)) {
		const access = peer.accesses.find((one) => one.wire === wire) ?? best;
		parts.set(access, (parts.get(access) ?? 0) + readers);
	}
	return [...parts].map(([access, readers]) => ({ access, readers }));
}

async function measure(peer: Peer, { quick, profile }: Context): Promise<Row> {
	const parts = mix(peer);
	const who = { peer: peer.name, load: parts.map(({ access, readers }) => `${readers} ${access.wire}`).join(", ") };
	const stage = await Stage.start(peer, { profile });
	try {
		for (const { access, readers } of parts) await stage.subscribe(access, readers, rooms);
		const { pids, port } = stage.running;
		const subscriptions = parts.flatMap(({ access: { wire, path, ready, next } }) =>
			Array.from({ length: rooms }, (_, room) => ({ wire, port, path: path(Stage.channel(room)), readers: 1, ready, next })),
		);
		await stage.generator.ask("visit", { subscriptions, ...visits });
		const measured = await stage.measure({ ...talk, milliseconds: quick ? 2000 : 6000 }, warmUp);
		await stage.generator.ask("endVisits");
		if (measured.faults.length > 0) throw new Error(measured.faults.join("; "));
		const note = noteOf(measured, talk.rate);
		const figures = { ...figuresOf(measured), resident: total(pids, residentBytes) / 1e6 };
		return { ...who, figures, ...(note !== undefined && { note }) };
	} catch (error) {
		return failed(who, error);
	} finally {
		await stage.end();
	}
}

async function run(context: Context): Promise<Section> {
	const rows: Row[] = [];
	for (const peer of context.peers) {
		const [first] = peer.accesses;
		// The bare loop knows one channel only; the answerer of polls is measured where polls are.
		if (peer.name === "bare send()" || first === undefined || first.wire.endsWith("poll")) continue;
		context.say(`day: ${peer.name}`);
		rows.push(await measure(peer, context));
	}
	const { rate, cpu, p50, p99, p999, bytes, server, generator } = columns;
	return {
		name: "day",
		title: "A mixed day: a chat of 200 rooms",
		text: [
			`${rooms} rooms with ten regulars each, over several wires where the peer has them, ${talk.rate} messages a second of ${talk.bytes} B in all,`,
			`and ${visits.perSecond} visitors a second who stay for ${visits.milliseconds / 1000} s. CPU is that of everything, visitors too.`,
		].join(" "),
		tables: [
			{
				columns: [rate, cpu, p50, p99, p999, bytes, server, generator, { figure: "resident", title: "MB resident", digits: 0 }],
				rows,
			},
		],
		charts: [],
		verdicts: [],
		notes: [],
	};
}

export const day: Work = { name: "day", title: "a chat of 200 rooms, with people who come and go", run };
