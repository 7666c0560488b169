/** `npm run bench:memory`: what a server's process grows by for each reader that is connected and idle. */
import { setTimeout as wait } from "node:timers/promises";
import { printReport, say, type Verdict } from "./report/report.ts";
import { decimals, median, percent, table } from "./report/table.ts";
import { readOptions } from "./run/options.ts";
import { Pair } from "./run/pair.ts";
import { cpuTime, residentBytes } from "./run/proc.ts";
import type { Target } from "./targets.ts";

/** Connected before the first look: what a server loads for whoever comes first is not counted. */
const firstReaders = 1;
const bound = 12_000;
/** For what connecting leaves to be done later. */
const settle = 500;

interface Result {
	/** Bytes a reader, once the garbage of connecting has been collected. */
	readonly collected: number;
	/** Bytes a reader as the process stands after connecting. */
	readonly resident: number;
	/** Microseconds of the server's CPU to connect a reader. */
	readonly connectCpu: number;
	readonly generatorBusy: number;
}

const options = readOptions({ repetitions: 2, readers: 10_000, seconds: 0 });

async function settled(pair: Pair, collect: boolean): Promise<number> {
	await wait(settle);
	if (collect) await pair.server.ask("collectGarbage");
	return residentBytes(pair.server.pid);
}

async function measure(target: Target): Promise<Result> {
	const { readers } = options;
	const pair = new Pair(target, ["--expose-gc"]);
	try {
		await pair.connect();
		await pair.subscribe(firstReaders);
		const before = await settled(pair, true);
		const cpu = { server: cpuTime(pair.server.pid), generator: cpuTime(pair.generator.pid) };
		const begin = performance.now();
		await pair.subscribe(readers);
		const nanoseconds = (performance.now() - begin) * 1e6;
		const connectCpu = (cpuTime(pair.server.pid) - cpu.server) / 1000 / readers;
		const generatorBusy = (cpuTime(pair.generator.pid) - cpu.generator) / nanoseconds;
		const resident = ((await settled(pair, false)) - before) / readers;
		const collected = ((await settled(pair, true)) - before) / readers;
		await pair.deliveries();
		return { collected, resident, connectCpu, generatorBusy };
	} finally {
		await pair.end();
	}
}

function medians(results: readonly Result[]): Result {
	const of = (name: keyof Result) => median(results.map((result) => result[name]));
	return {
		collected: of("collected"),
		resident: of("resident"),
		connectCpu: of("connectCpu"),
		generatorBusy: of("generatorBusy"),
	};
}

function judge(figures: ReadonlyMap<string, Result>): Verdict[] {
	return [...figures]
		.filter(([name]) => name.startsWith("Holdfast"))
		.map(([name, { collected }]) => ({
			target: `${name}: at most ${bound / 1000} kB a reader`,
			measured: `${decimals(collected / 1000, 1)} kB`,
			met: collected <= bound,
		}));
}

const results = new Map<string, Result[]>();
for (let repetition = 1; repetition <= options.repetitions; repetition++) {
	for (const target of options.targets) {
		say(`${repetition}/${options.repetitions} ${target.name}`);
		results.set(target.name, [...(results.get(target.name) ?? []), await measure(target)]);
	}
}

const figures = new Map([...results].map(([name, all]) => [name, medians(all)] as const));
const rows = [...figures].map(([name, { collected, resident, connectCpu, generatorBusy }]) => [
	name,
	decimals(collected / 1000, 1),
	decimals(resident / 1000, 1),
	decimals(connectCpu, 0),
	percent(generatorBusy),
]);
const head = ["", "kB a reader", "before a forced collection", "server µs to connect", "generator busy"];
printReport(
	{
		title: `Memory of ${options.readers} idle readers (kB of 1,000 bytes, resident), medians of ${options.repetitions}`,
		parts: [table(head, rows)],
		verdicts: judge(figures),
		figures: Object.fromEntries(results),
	},
	options.json,
);
