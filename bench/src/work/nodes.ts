/** One channel, two nodes on one Redis, half of the readers on each; one node is published to. */
import { holdfast } from "../peers/holdfast.ts";
import type { Peer, Running } from "../peers/peer.ts";
import { socketIo } from "../peers/socket-io.ts";
import { cores } from "../run/pin.ts";
import { cpuTime } from "../run/proc.ts";
import { startRedis } from "../run/redis.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { streams } from "./fan-out.ts";
import { columns, count, failed, judge, medians, rowOf } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const windows = [16, 1] as const;
const readers = 1000;

/** The peer as two nodes: the first one's port, the processes of both. */
function pairOf(peer: Peer, others: Running[]): Peer {
	return {
		...peer,
		async start(options) {
			const [first, second] = await Promise.all([peer.start(options), peer.start(options)]);
			others.push(second);
			return {
				port: first.port,
				pids: [...first.pids, ...second.pids],
				end: async () => void (await Promise.all([first.end(), second.end()])),
			};
		},
	};
}

async function measure(peer: Peer, context: Context): Promise<Row[]> {
	const rows: Row[] = [];
	for (const access of streams(peer, context)) {
		// Beside the generator: what it takes from the servers' core would be measured with them.
		const redis = await startRedis(cores.generator);
		const others: Running[] = [];
		const who = (window: number) => ({ peer: peer.name, wire: access.wire, load: `window ${window}` });
		let stage: Stage | undefined;
		try {
			stage = await Stage.start(pairOf(peer, others), { redis: redis.port, profile: context.profile });
			stage.beside.push(redis.pid);
			await stage.subscribe(access, readers / 2);
			await stage.subscribe(access, readers / 2, 1, others[0]?.port);
			for (const publishers of windows) {
				await stage.load({ publishers, milliseconds: warmUp });
				const before = cpuTime(redis.pid);
				const measured = await stage.load({ publishers, milliseconds: 1500 });
				const perMessage = (cpuTime(redis.pid) - before) / 1000 / measured.messages;
				const { figures, note } = rowOf(who(publishers), measured);
				const perSecond = 1e6 / (figures["cpu"] ?? Number.NaN);
				rows.push({
					...who(publishers),
					figures: { ...figures, redis: perMessage, perSecond },
					...(note !== undefined && { note }),
				});
			}
		} catch (error) {
			rows.push(failed(who(windows[0]), error));
		} finally {
			await stage?.end();
			await redis.end();
		}
	}
	return rows;
}

async function run(context: Context): Promise<Section> {
	const rows: Row[] = [];
	for (let repetition = 1; repetition <= context.repetitions; repetition++) {
		for (const peer of [holdfast, socketIo].filter(({ name }) => context.peers.some((one) => one.name === name))) {
			context.say(`nodes ${repetition}/${context.repetitions}: ${peer.name}`);
			rows.push(...(await measure(peer, context)));
		}
	}
	const shown = medians(rows);
	const per = (wire: string) =>
		shown.find((row) => row.wire === wire && row.load === "window 16")?.figures["perSecond"] ?? Number.NaN;
	const { rate, cpu, p99, generator } = columns;
	return {
		name: "nodes",
		title: "Two nodes on one Redis",
		text: [
			`${count(readers / 2)} readers on each node; one is published to, the other hears of it by way of Redis. CPU is that of both nodes, on one core.`,
			"Socket.IO has its Redis Streams adapter. Holdfast's readers could come back to either node with their cursor.",
		].join(" "),
		tables: [
			{
				columns: [
					rate,
					{ figure: "perSecond", title: "deliveries per CPU second", digits: 0 },
					cpu,
					p99,
					{ figure: "redis", title: "Redis µs/message", digits: 0 },
					generator,
				],
				rows: shown,
			},
		],
		charts: [],
		verdicts: (["websocket", "sse"] as const).flatMap((wire) =>
			judge({
				key: `nodes ${wire} / Socket.IO`,
				target: `two nodes over ${wire}, window 16: deliveries per second of CPU of Socket.IO's`,
				value: per(wire) / per("socket.io"),
				unit: "×",
				sense: "at least",
				bound: 3,
			}),
		),
		notes: [],
	};
}

export const nodes: Work = { name: "nodes", title: "two nodes on one Redis", run };
