/** A thousand channels with ten readers each: what is published goes to a different few each time. */
import { Stage, warmUp } from "../run/stage.ts";
import { isTwin, streams } from "./fan-out.ts";
import { columns, count, failed, rowOf } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const readersEach = 10;
const windows = [1, 16] as const;

async function run(context: Context): Promise<Section> {
	const channels = context.quick ? 100 : 1000;
	const rows: Row[] = [];
	for (const peer of context.peers) {
		// The bare loop knows one channel only.
		if (peer.name === "bare send()" || isTwin(peer, context)) continue;
		const fewer = Math.min(channels, Math.floor((peer.maxReaders ?? Number.POSITIVE_INFINITY) / readersEach));
		for (const access of streams(peer, context)) {
			context.say(`channels: ${peer.name} ${access.wire}`);
			const who = { peer: peer.name, wire: access.wire };
			const stage = await Stage.start(peer, { profile: context.profile });
			try {
				await stage.subscribe(access, readersEach, fewer);
				for (const publishers of windows) {
					const load = `${count(fewer)} channels, window ${publishers}`;
					rows.push(rowOf({ ...who, load }, await stage.measure({ channels: fewer, publishers, milliseconds: 1000 }, warmUp)));
				}
			} catch (error) {
				rows.push(failed({ ...who, load: `${count(fewer)} channels` }, error));
			} finally {
				await stage.end();
			}
		}
	}
	const { rate, cpu, p50, p99, p999, server, generator } = columns;
	return {
		name: "channels",
		title: "Many channels with few readers",
		text: `${readersEach} readers on each channel; messages go to one channel after the other. Every delivery bears a tenth of a publish.`,
		tables: [{ columns: [rate, cpu, p50, p99, p999, server, generator], rows }],
		charts: [],
		verdicts: [],
		notes: [],
	};
}

export const channels: Work = { name: "channels", title: "1,000 channels with 10 readers each", run };
