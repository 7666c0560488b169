/** Readers who missed ten thousand messages, and whether those at the head notice. */
import type { CaughtUp } from "../load/past.ts";
import type { Access, Peer } from "../peers/peer.ts";
import { cpuTime, total } from "../run/proc.ts";
import { type Measured, Stage, warmUp } from "../run/stage.ts";
import { columns, count, failed, judge, medians } from "./figures.ts";
import type { Context, Row, Section, Verdict, Work } from "./work.ts";

const missed = 10_000;
/** A run ends then, whoever has everything. */
const within = 12_000;
const atHead = 100;
const rate = 200;
const live = { publishers: 16, rate, milliseconds: 2000 } as const;
/** What is published meanwhile is kept too, so that nobody meets a gap. */
const flags = ["--retention-messages", "100000", "--retention-bytes", "1GiB"];

/** Publishes what will be missed; nobody reads. */
function fill(stage: Stage): Promise<Measured> {
	return stage.load({ publishers: 1, milliseconds: 60_000, messages: missed });
}

function catchUp(stage: Stage, access: Access, readers: number, first: number): Promise<CaughtUp> {
	const { wire, ready, next, path, past = path } = access;
	const subscription = { wire, port: stage.running.port, path: past(Stage.channel(0)), readers, ready, next };
	return stage.generator.ask("catchUp", { subscription, first, messages: missed, milliseconds: within });
}

async function measure(peer: Peer, access: Access, readers: number, profile: boolean): Promise<Row> {
	const who = { peer: peer.name, wire: access.wire, load: `${count(readers)} readers` };
	const stage = await Stage.start(peer, { profile, ...(peer.name === "Holdfast" && { flags }) });
	try {
		const { first, messages, faults } = await fill(stage);
		if (messages !== missed) throw new Error(`only ${messages} were published: ${faults.join("; ")}`);
		const cpu = total(stage.running.pids, cpuTime);
		const generator = cpuTime(stage.generator.pid);
		const ran = await catchUp(stage, access, readers, first);
		const { deliveries, seconds, finished, bytes } = ran;
		if (ran.faults.length > 0) throw new Error(ran.faults.join("; "));
		const serverCpu = total(stage.running.pids, cpuTime) - cpu;
		const figures = {
			rate: deliveries / seconds,
			cpu: serverCpu / 1000 / deliveries,
			bytes: bytes / deliveries,
			server: serverCpu / 1e9 / seconds,
			generator: (cpuTime(stage.generator.pid) - generator) / 1e9 / seconds,
		};
		const note = finished < readers ? `${count(finished)} had everything after ${within / 1000} s` : undefined;
		return { ...who, figures, ...(note !== undefined && { note }) };
	} catch (error) {
		return failed(who, error);
	} finally {
		await stage.end();
	}
}

/** What the load came to while something else went on until it was over. */
async function beside(load: Promise<Measured>, other: (over: () => boolean) => Promise<unknown>): Promise<Measured> {
	let over = false;
	const watched = load.finally(() => {
		over = true;
	});
	const [measured] = await Promise.all([watched, other(() => over)]);
	return measured;
}

/** p99 at the head: with nobody behind, with one after another catching up all the time, and with many at once. */
async function disturb(peer: Peer, access: Access, many: number): Promise<Row[]> {
	const stage = await Stage.start(peer, { flags });
	const rows: Row[] = [];
	const add = (behind: string, { latency, serverBusy, generatorBusy, faults }: Measured) => {
		const who = { peer: peer.name, wire: access.wire, load: behind };
		if (faults.length > 0) rows.push(failed(who, faults.join("; ")));
		else rows.push({ ...who, figures: { ...latency, server: serverBusy, generator: generatorBusy } });
	};
	try {
		const { first } = await fill(stage);
		await stage.subscribe(access, atHead);
		await stage.load({ publishers: 4, milliseconds: warmUp });
		await catchUp(stage, access, 10, first);
		add("nobody is behind", await stage.measure(live));
		const one = async (over: () => boolean) => {
			while (!over()) await catchUp(stage, access, 1, first);
		};
		add("one reader is behind", await beside(stage.load(live), one));
		add(`${count(many)} readers are behind`, await beside(stage.load(live), () => catchUp(stage, access, many, first)));
	} catch (error) {
		rows.push(failed({ peer: peer.name, wire: access.wire, load: "readers are behind" }, error));
	} finally {
		await stage.end();
	}
	return rows;
}

function verdicts(rows: readonly Row[], head: readonly Row[]): Verdict[] {
	const rateOf = (wire: string) =>
		rows.find((row) => row.peer === "Holdfast" && row.wire === wire)?.figures["rate"] ?? Number.NaN;
	const late = (load: string, wire: string) =>
		head.find((row) => row.load === load && row.wire === wire)?.figures["p99"] ?? Number.NaN;
	return (["websocket", "sse"] as const).flatMap((wire) => [
		...judge({
			key: `catch-up ${wire}`,
			target: `catch-up over ${wire}`,
			value: rateOf(wire),
			unit: "messages/s",
			sense: "at least",
			bound: 300_000,
		}),
		...judge({
			key: `catch-up ${wire} p99 at the head`,
			target: `one ${wire} reader behind: p99 at the head, of that with nobody behind`,
			value: late("one reader is behind", wire) / late("nobody is behind", wire),
			unit: "×",
			sense: "at most",
			bound: 1.5,
		}),
	]);
}

async function run(context: Context): Promise<Section> {
	const readers = context.readers?.[0] ?? (context.quick ? 100 : 1000);
	const rows: Row[] = [];
	const head: Row[] = [];
	for (const peer of context.peers) {
		for (const access of peer.accesses) {
			const asked = context.wires?.includes(access.wire) ?? true;
			if (access.past === undefined || peer.name === "Holdfast embedded" || !asked) continue;
			context.say(`catch-up: ${peer.name} ${access.wire}`);
			rows.push(await measure(peer, access, Math.min(readers, peer.maxReaders ?? readers), context.profile));
			if (peer.name !== "Holdfast" || access.wire.endsWith("poll")) continue;
			for (let i = 0; i < context.repetitions; i++) head.push(...(await disturb(peer, access, readers)));
		}
	}
	const { rate: deliveries, cpu, bytes, server, generator, p50, p99, p999 } = columns;
	const heads = medians(head);
	return {
		name: "catch-up",
		title: "Catching up",
		text: [
			`${count(missed)} messages of 128 B are kept; readers come all at once and begin with the oldest. A run ends after ${within / 1000} s.`,
			`Then ${atHead} readers at the head of the same channel are sent ${rate} messages a second while others catch up.`,
		].join(" "),
		tables: [
			{ title: "Messages delivered to those who are behind", columns: [deliveries, cpu, bytes, server, generator], rows },
			{ title: "Latency at the head meanwhile", columns: [p50, p99, p999, server, generator], rows: heads },
		],
		charts: [],
		verdicts: verdicts(rows, heads),
		notes: [],
	};
}

export const catchingUp: Work = { name: "catch-up", title: "1,000 readers who missed 10,000 messages", run };
