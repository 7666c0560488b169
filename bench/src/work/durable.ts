/** Publishes over HTTP, each answered when it is on the disk. */
import { payload } from "../load/payload.ts";
import { holdfast } from "../peers/holdfast.ts";
import { post } from "../peers/program.ts";
import { dataFolder } from "../run/folder.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { columns, count, failed, judge, medians } from "./figures.ts";
import { diskFlush, storeFlush } from "./flush.ts";
import type { Context, Row, Section, Verdict, Work } from "./work.ts";

const loads = [
	{ publishers: 1, batch: 1 },
	{ publishers: 16, batch: 1 },
	{ publishers: 256, batch: 1 },
	{ publishers: 1, batch: 100 },
	{ publishers: 16, batch: 100 },
] as const;
type Load = (typeof loads)[number];
/** In a quick run those alone that targets and bounds are about. */
const quickLoads = loads.filter(({ publishers, batch }) => (batch === 1 ? publishers !== 16 : publishers === 16));

const nameOf = ({ publishers, batch }: Load) => `${publishers} publishers${batch > 1 ? `, batches of ${batch}` : ""}`;

function batchOf(size: number): (channel: string, text: string, port: number) => string {
	return (channel, text, port) => {
		const items = Array.from({ length: size }, () => ({ channel, data: text }));
		return post("/v1/messages", JSON.stringify(items), port, "application/json");
	};
}

/** The offset of the channel's newest message. */
async function headOffset(port: number): Promise<number> {
	const response = await fetch(`http://127.0.0.1:${port}/v1/channels/${Stage.channel(0)}`);
	const { head } = (await response.json()) as { head: string };
	return Number(head.split("-")[1]);
}

async function measure(load: Load, { quick, profile }: Context): Promise<Row> {
	const { publishers, batch } = load;
	const who = { peer: holdfast.name, load: nameOf(load) };
	const stage = await Stage.start(holdfast, { store: "disk", profile });
	try {
		const loading = { publishers, ...(batch > 1 && { request: batchOf(batch) }) };
		const warm = await stage.load({ ...loading, milliseconds: quick ? warmUp : 2 * warmUp });
		const ran = await stage.load({ ...loading, milliseconds: quick ? 1500 : 4000 });
		if (ran.faults.length > 0) throw new Error(ran.faults.join("; "));
		const acknowledged = (warm.messages + ran.messages) * batch;
		const kept = await headOffset(stage.running.port);
		if (kept !== acknowledged) throw new Error(`${acknowledged} acknowledged, ${kept} kept`);
		const messages = ran.messages * batch;
		const figures = {
			rate: messages / ran.seconds,
			...ran.answers,
			cpu: ran.serverCpu / 1000 / messages,
			server: ran.serverBusy,
			generator: ran.generatorBusy,
		};
		return { ...who, figures };
	} catch (error) {
		return failed(who, error);
	} finally {
		await stage.end();
	}
}

function verdicts(rows: readonly Row[]): Verdict[] {
	const value = (load: string, figure: string) => rows.find((row) => row.load === load)?.figures[figure] ?? Number.NaN;
	const [many, batches] = ["256 publishers", "16 publishers, batches of 100"];
	const enough = { unit: "messages/s", sense: "at least" } as const;
	return [
		{ ...enough, key: "durable 256", target: `durable publishes of ${many}`, value: value(many, "rate"), bound: 15_000 },
		{
			key: "durable 256 p99",
			target: `durable publishes of ${many}: p99 of the answer`,
			value: value(many, "p99"),
			unit: "ms",
			sense: "at most" as const,
			bound: 50,
		},
		{
			...enough,
			key: "durable batches",
			target: `durable publishes of ${batches}`,
			value: value(batches, "rate"),
			bound: 50_000,
		},
	].flatMap(judge);
}

async function run(context: Context): Promise<Section> {
	const rows: Row[] = [];
	for (let repetition = 1; repetition <= context.repetitions; repetition++) {
		for (const load of context.quick ? quickLoads : loads) {
			context.say(`durable ${repetition}/${context.repetitions}: ${nameOf(load)}`);
			rows.push(await measure(load, context));
		}
	}
	const shown = medians(rows);
	const limits = [await diskFlush(dataFolder()), await storeFlush(dataFolder(), 1), await storeFlush(dataFolder(), 256)];
	const [disk, one, many] = limits.map((milliseconds) => milliseconds.toFixed(2));
	return {
		name: "durable",
		title: "Durable publishing",
		text: [
			`\`POST\` of ${payload(0).length} B over kept connections, each with one request under way; the log is on the checkout's own disk, with default`,
			"durability. In the end the channel's head must be what was acknowledged.",
			`The limits of this disk: ${disk} ms to write and flush 4 KiB; with bare lmdb ${one} ms for a transaction of one message, ${many} ms for ${count(256)}.`,
		].join(" "),
		tables: [
			{
				columns: [
					{ figure: "rate", title: "messages/s", digits: 0 },
					columns.p50,
					columns.p99,
					columns.p999,
					{ figure: "cpu", title: "server µs/message", digits: 1 },
					columns.server,
					columns.generator,
				],
				rows: shown,
			},
		],
		charts: [],
		verdicts: verdicts(shown),
		notes: [],
	};
}

export const durable: Work = { name: "durable", title: "publishes that are answered when they are on disk", run };
