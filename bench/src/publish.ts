/** `npm run bench:publish`: durable publishes over HTTP, each answered when it is on disk. */
import { diskFlush, storeFlush } from "./flush.ts";
import type { GeneratorCalls } from "./load/generator.ts";
import { payloadBytes } from "./payload.ts";
import { printReport, say } from "./report/report.ts";
import { decimals, median, percent, table } from "./report/table.ts";
import { Child, cores } from "./run/child.ts";
import { dataFolder } from "./run/folder.ts";
import { readOptions } from "./run/options.ts";
import { cpuTime } from "./run/proc.ts";
import type { ServerCalls } from "./servers/serve.ts";

const loads = [
	{ connections: 1, batch: 1 },
	{ connections: 16, batch: 1 },
	{ connections: 256, batch: 1 },
	{ connections: 1, batch: 100 },
	{ connections: 16, batch: 100 },
] as const;
type Load = (typeof loads)[number];

const channel = "bench";
const warmUp = 500;

interface Result {
	/** Messages a second. */
	readonly rate: number;
	/** Milliseconds of an answer. */
	readonly p50: number;
	readonly p99: number;
	/** Microseconds of the server's CPU a message. */
	readonly cpu: number;
	readonly serverBusy: number;
	readonly generatorBusy: number;
}

const options = readOptions({ repetitions: 3, readers: 0, seconds: 3 });

/** The offset of the channel's newest message. */
async function headOffset(port: number): Promise<number> {
	const response = await fetch(`http://127.0.0.1:${port}/v1/channels/${channel}`);
	const { head } = (await response.json()) as { head: string };
	return Number(head.split("-")[1]);
}

async function measure(load: Load): Promise<Result> {
	const server = new Child<ServerCalls>({ file: "servers/holdfast-disk", core: cores.server, args: [dataFolder()] });
	const generator = new Child<GeneratorCalls>({ file: "load/generator", core: cores.generator });
	try {
		const { port } = await server.ask("listen");
		const warmedUp = await generator.ask("publish", { port, channel, ...load, milliseconds: warmUp });
		const before = { server: cpuTime(server.pid), generator: cpuTime(generator.pid) };
		const { messages, seconds, p50, p99 } = await generator.ask("publish", {
			port,
			channel,
			...load,
			milliseconds: options.milliseconds,
		});
		const cpu = { server: cpuTime(server.pid) - before.server, generator: cpuTime(generator.pid) - before.generator };
		const kept = await headOffset(port);
		if (kept !== messages + warmedUp.messages) throw new Error(`${messages + warmedUp.messages} acknowledged, ${kept} kept`);
		return {
			rate: messages / seconds,
			p50,
			p99,
			cpu: cpu.server / 1000 / messages,
			serverBusy: cpu.server / 1e9 / seconds,
			generatorBusy: cpu.generator / 1e9 / seconds,
		};
	} finally {
		await Promise.all([server.end(), generator.end()]);
	}
}

const results = new Map<Load, Result[]>(loads.map((load) => [load, []]));
for (let repetition = 1; repetition <= options.repetitions; repetition++) {
	for (const [load, all] of results) {
		say(`${repetition}/${options.repetitions} ${load.connections} connections, batches of ${load.batch}`);
		all.push(await measure(load));
	}
}

const limits = {
	disk: await diskFlush(dataFolder()),
	store: await storeFlush(dataFolder(), 1),
	storeOf256: await storeFlush(dataFolder(), 256),
};

const rows = [...results].map(([{ connections, batch }, all]) => {
	const of = (name: keyof Result) => median(all.map((result) => result[name]));
	return [
		String(connections),
		String(batch),
		decimals(of("rate"), 0),
		decimals(of("p50"), 2),
		decimals(of("p99"), 2),
		decimals(of("cpu"), 1),
		percent(of("serverBusy")),
		percent(of("generatorBusy")),
	];
});
const head = [
	"connections",
	"messages a request",
	"messages/s",
	"p50 ms",
	"p99 ms",
	"server µs/message",
	"server busy",
	"generator busy",
];
const limit =
	`The limit of this disk: ${decimals(limits.disk, 2)} ms to write and flush 4 KiB; ` +
	`with bare lmdb ${decimals(limits.store, 2)} ms for a transaction of one message, ${decimals(limits.storeOf256, 2)} ms for 256.`;
printReport(
	{
		title: `Durable publishes of ${payloadBytes}-byte messages, medians of ${options.repetitions}`,
		parts: [table(head, rows), limit],
		verdicts: [],
		figures: { loads: [...results].map(([load, all]) => ({ ...load, results: all })), flushMilliseconds: limits },
	},
	options.json,
);
