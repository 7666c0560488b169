/** `npm run bench:nodes`: one channel, two nodes on one Redis, half of the readers on each; one node publishes. */
import type { GeneratorCalls } from "./load/generator.ts";
import { payloadBytes } from "./payload.ts";
import { printReport, say, type Verdict } from "./report/report.ts";
import { decimals, median, percent, table } from "./report/table.ts";
import { Child, cores } from "./run/child.ts";
import { readOptions } from "./run/options.ts";
import { cpuTime } from "./run/proc.ts";
import { type RunningRedis, startRedis } from "./run/redis.ts";
import type { ServerCalls } from "./servers/serve.ts";
import { type Target, targets } from "./targets.ts";

const windows = [16, 1] as const;
const warmUp = 500;
const options = readOptions({ repetitions: 3, readers: 1000, seconds: 1.5 });

/** Those of the fan-out whose servers can share a Redis. */
const shared: readonly Target[] = targets
	.filter(({ name }) => name === "Holdfast WebSocket" || name === "Holdfast SSE" || name === "Socket.IO")
	.map((target) => ({ ...target, server: `${target.server}-redis` }));

interface Figures {
	/** Deliveries a second. */
	readonly rate: number;
	/** Microseconds of both nodes' CPU a delivery. */
	readonly cpu: number;
	/** Microseconds of the CPU of Redis a message. */
	readonly redis: number;
	readonly generatorBusy: number;
}

interface Stage {
	readonly target: Target;
	readonly nodes: readonly Child<ServerCalls>[];
	readonly generator: Child<GeneratorCalls>;
	readonly redis: RunningRedis;
}

async function measureWindow({ target, nodes, generator, redis }: Stage, window: number): Promise<Figures> {
	const [publisher] = nodes as [Child<ServerCalls>];
	const received = async () => {
		const { deliveries, faults } = await generator.ask("received");
		if (faults.length > 0) throw new Error(`${target.name}: ${faults.join("; ")}`);
		return deliveries;
	};
	await publisher.ask("run", { window, milliseconds: warmUp });
	const all = [...nodes, generator, redis].map(({ pid }) => ({ pid, before: cpuTime(pid) }));
	const before = await received();
	const { messages, seconds } = await publisher.ask("run", { window, milliseconds: options.milliseconds });
	const [here = 0, there = 0, load = 0, store = 0] = all.map((one) => (cpuTime(one.pid) - one.before) / 1000);
	const deliveries = (await received()) - before;
	if (deliveries !== messages * options.readers) throw new Error(`${deliveries} deliveries of ${messages} messages`);
	return {
		rate: deliveries / seconds,
		cpu: (here + there) / deliveries,
		redis: store / messages,
		generatorBusy: load / 1e6 / seconds,
	};
}

async function measure(target: Target): Promise<readonly Figures[]> {
	const redis = await startRedis();
	const generator = new Child<GeneratorCalls>({ file: "load/generator", core: cores.generator });
	const node = () => new Child<ServerCalls>({ file: `servers/${target.server}`, core: cores.server, args: [String(redis.port)] });
	const nodes = [node(), node()];
	try {
		const [first, second] = await Promise.all(nodes.map((one) => one.ask("listen")));
		if (!first || !second) throw new Error("a node does not listen");
		await generator.ask("confirmTo", first.control);
		const { wire, path, ready } = target;
		for (const { port } of [first, second]) {
			await generator.ask("subscribe", { wire, port, path, readers: options.readers / 2, ready });
		}
		const stage = { target, nodes, generator, redis };
		const figures: Figures[] = [];
		for (const window of windows) figures.push(await measureWindow(stage, window));
		return figures;
	} finally {
		await Promise.all([...nodes, generator].map((child) => child.end()));
		await redis.end();
	}
}

const results = new Map<string, (readonly Figures[])[]>();
for (let repetition = 1; repetition <= options.repetitions; repetition++) {
	for (const target of shared) {
		say(`${repetition}/${options.repetitions} ${target.name}`);
		results.set(target.name, [...(results.get(target.name) ?? []), await measure(target)]);
	}
}

const medianOf = (name: string, window: number, figure: keyof Figures) =>
	median((results.get(name) ?? []).map((all) => all[window]?.[figure] ?? Number.NaN));

/** Deliveries for one second of the nodes' CPU. */
const perSecond = (name: string, window: number) => 1e6 / medianOf(name, window, "cpu");

const verdicts = [...results.keys()]
	.filter((name) => name !== "Socket.IO")
	.map((name): Verdict => {
		const ratio = perSecond(name, 0) / perSecond("Socket.IO", 0);
		const target = `${name}, window ${windows[0]}: at least 3 × the deliveries per second of server CPU of Socket.IO with its Redis Streams adapter`;
		return { target, measured: `${decimals(ratio, 2)} ×`, met: ratio >= 3 };
	});

const rows = windows.flatMap((window, i) =>
	[...results.keys()].map((name) => [
		name,
		String(window),
		decimals(medianOf(name, i, "rate"), 0),
		decimals(medianOf(name, i, "cpu"), 2),
		decimals(perSecond(name, i), 0),
		decimals(medianOf(name, i, "redis"), 0),
		percent(medianOf(name, i, "generatorBusy")),
	]),
);
const head = [
	"",
	"window",
	"deliveries/s",
	"servers µs/delivery",
	"deliveries per CPU second",
	"Redis µs/message",
	"generator busy",
];
printReport(
	{
		title: `Fan-out of ${payloadBytes}-byte messages to ${options.readers} readers on two nodes, medians of ${options.repetitions}`,
		parts: [table(head, rows)],
		verdicts,
		figures: Object.fromEntries(results),
	},
	options.json,
);
