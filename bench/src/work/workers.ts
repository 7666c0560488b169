/** One process and two, on the cores that there are. */
import { holdfast } from "../peers/holdfast.ts";
import { Stage, warmUp } from "../run/stage.ts";
import { streams } from "./fan-out.ts";
import { columns, count, failed, judge, medians, rowOf } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const readers = 1000;
/** With few messages in flight the slower of two processes holds up both; with many each always has work. */
const windows = [16, 256] as const;

async function run(context: Context): Promise<Section> {
	const rows: Row[] = [];
	for (let repetition = 1; repetition <= context.repetitions; repetition++) {
		for (const access of streams(holdfast, context)) {
			for (const workers of [1, 2]) {
				context.say(`workers ${repetition}/${context.repetitions}: ${workers}, ${access.wire}`);
				const who = (window: number) => ({
					peer: holdfast.name,
					wire: access.wire,
					load: `--workers ${workers}, window ${window}`,
				});
				const stage = await Stage.start(holdfast, { cores: "0,1", store: "disk", workers, profile: context.profile });
				try {
					await stage.subscribe(access, readers);
					for (const window of windows) {
						const { figures } = rowOf(who(window), await stage.measure({ publishers: window, milliseconds: 1500 }, warmUp));
						// That others have the cores is the point here.
						rows.push({ ...who(window), figures: { ...figures, perSecond: 1e6 / (figures["cpu"] ?? Number.NaN) } });
					}
				} catch (error) {
					rows.push(failed(who(windows[0]), error));
				} finally {
					await stage.end();
				}
			}
		}
	}
	const shown = medians(rows);
	const per = (wire: string, workers: number) =>
		shown.find((row) => row.wire === wire && row.load === `--workers ${workers}, window ${windows[1]}`)?.figures["perSecond"] ??
		Number.NaN;
	const { rate, cpu, p99, server, generator } = columns;
	return {
		name: "workers",
		title: "Several processes",
		text: [
			`${count(readers)} readers, the log on disk, 16 or 256 messages in flight. The server may use both cores, of which the load generator takes its share of the second;`,
			"what a second of CPU delivers therefore says whether another core would bring as much again.",
		].join(" "),
		tables: [
			{
				columns: [rate, { figure: "perSecond", title: "deliveries per CPU second", digits: 0 }, cpu, p99, server, generator],
				rows: shown,
			},
		],
		charts: [],
		verdicts: (["websocket", "sse"] as const).flatMap((wire) =>
			judge({
				key: `workers ${wire}`,
				target: `--workers 2 over ${wire}: deliveries per second of CPU, of those with one`,
				value: per(wire, 2) / per(wire, 1),
				unit: "×",
				sense: "at least",
				bound: 0.9,
			}),
		),
		notes: [],
	};
}

export const workers: Work = { name: "workers", title: "--workers 1 and 2", run };
