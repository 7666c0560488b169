/** `npm run bench:fanout`: one channel, many readers, with 16 messages in flight and with one. */
import { payloadBytes } from "./payload.ts";
import { printReport, say, type Verdict } from "./report/report.ts";
import { decimals, median, percent, table } from "./report/table.ts";
import { temporary } from "./run/folder.ts";
import { readOptions } from "./run/options.ts";
import { Pair } from "./run/pair.ts";
import { cpuTime } from "./run/proc.ts";
import type { Target } from "./targets.ts";

const windows = [16, 1] as const;
const warmUp = 500;
/** A generator that has less of its core left than this was the limit, unless the server had even less. */
const spare = 0.05;

interface Figures {
	/** Deliveries a second. */
	readonly rate: number;
	/** Microseconds of the server's CPU a delivery. */
	readonly cpu: number;
	readonly serverBusy: number;
	readonly generatorBusy: number;
}

type Window = (typeof windows)[number];
type Result = Readonly<Record<Window, Figures>>;

const options = readOptions({ repetitions: 3, readers: 1000, seconds: 1.5 });

async function measureWindow(pair: Pair, window: number): Promise<Figures> {
	await pair.server.ask("run", { window, milliseconds: warmUp });
	const before = {
		server: cpuTime(pair.server.pid),
		generator: cpuTime(pair.generator.pid),
		deliveries: await pair.deliveries(),
	};
	const { messages, seconds } = await pair.server.ask("run", { window, milliseconds: options.milliseconds });
	const server = (cpuTime(pair.server.pid) - before.server) / 1000;
	const generator = (cpuTime(pair.generator.pid) - before.generator) / 1000;
	const deliveries = (await pair.deliveries()) - before.deliveries;
	if (deliveries !== messages * options.readers) throw new Error(`${deliveries} deliveries of ${messages} messages`);
	return {
		rate: deliveries / seconds,
		cpu: server / deliveries,
		serverBusy: server / 1e6 / seconds,
		generatorBusy: generator / 1e6 / seconds,
	};
}

async function measure(target: Target): Promise<Result> {
	const pair = new Pair(target, options.profile ? ["--cpu-prof", `--cpu-prof-dir=${temporary}`] : []);
	try {
		await pair.connect();
		await pair.subscribe(options.readers);
		return { 16: await measureWindow(pair, 16), 1: await measureWindow(pair, 1) };
	} finally {
		await pair.end();
	}
}

function medians(results: readonly Result[]): Result {
	const ofWindow = (window: Window): Figures => {
		const of = (name: keyof Figures) => median(results.map((result) => result[window][name]));
		return { rate: of("rate"), cpu: of("cpu"), serverBusy: of("serverBusy"), generatorBusy: of("generatorBusy") };
	};
	return { 16: ofWindow(16), 1: ofWindow(1) };
}

interface Goal {
	readonly peer: string;
	readonly window: Window;
	readonly figure: "rate" | "cpu";
	readonly sentence: string;
	met(ratio: number): boolean;
}

const goals: readonly Goal[] = [
	{
		peer: "Socket.IO",
		window: 16,
		figure: "rate",
		sentence: "at least 5 × the deliveries a second of",
		met: (ratio) => ratio >= 5,
	},
	{
		peer: "ws loop",
		window: 16,
		figure: "rate",
		sentence: "at least 4 × the deliveries a second of",
		met: (ratio) => ratio >= 4,
	},
	{ peer: "ws loop", window: 1, figure: "cpu", sentence: "at most the CPU a delivery of", met: (ratio) => ratio <= 1 },
];

function judge(figures: ReadonlyMap<string, Result>): Verdict[] {
	const verdicts: Verdict[] = [];
	for (const [name, own] of figures) {
		if (!name.startsWith("Holdfast")) continue;
		for (const { peer, window, figure, sentence, met } of goals) {
			const other = figures.get(peer);
			if (other === undefined) continue;
			const ratio = own[window][figure] / other[window][figure];
			const target = `${name}, window ${window}: ${sentence} ${peer}`;
			const measured = `${decimals(ratio, 2)} × (CPU a delivery: ${decimals(own[window].cpu / other[window].cpu, 2)} ×)`;
			verdicts.push({ target, measured, met: met(ratio) });
		}
	}
	return verdicts;
}

function row(name: string, window: Window, { rate, cpu, serverBusy, generatorBusy }: Figures): string[] {
	const limit = generatorBusy > 1 - spare && generatorBusy > serverBusy ? "generator" : "";
	return [name, String(window), decimals(rate, 0), decimals(cpu, 2), percent(serverBusy), percent(generatorBusy), limit];
}

const results = new Map<string, Result[]>();
for (let repetition = 1; repetition <= options.repetitions; repetition++) {
	for (const target of options.targets) {
		say(`${repetition}/${options.repetitions} ${target.name}`);
		results.set(target.name, [...(results.get(target.name) ?? []), await measure(target)]);
	}
}

const figures = new Map([...results].map(([name, all]) => [name, medians(all)] as const));
const head = ["", "window", "deliveries/s", "server µs/delivery", "server busy", "generator busy", "bottleneck"];
printReport(
	{
		title: `Fan-out of ${payloadBytes}-byte messages to ${options.readers} readers, medians of ${options.repetitions}`,
		parts: [
			table(
				head,
				windows.flatMap((window) => [...figures].map(([name, result]) => row(name, window, result[window]))),
			),
		],
		verdicts: judge(figures),
		figures: Object.fromEntries(results),
	},
	options.json,
);
