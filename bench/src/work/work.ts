/** What is measured, and what comes out of it: the bench runs works, each gives a section of the report. */
import type { Peer, Wire } from "../peers/peer.ts";

export interface Work {
	/** As it is named on the command line. */
	readonly name: string;
	readonly title: string;
	run(context: Context): Promise<Section>;
}

export interface Context {
	/** Those that are installed and were asked for. */
	readonly peers: readonly Peer[];
	/** Of the rows that a target is judged by: medians of so many, going round over the peers. */
	readonly repetitions: number;
	/** Fewer loads and shorter runs, as `bench:check` needs them. */
	readonly quick: boolean;
	/** Only these counts of readers, and only these wires, where the command line names any. */
	readonly readers?: readonly number[];
	readonly wires?: readonly Wire[];
	readonly profile: boolean;
	/** Progress, which is no part of the result. */
	say(text: string): void;
}

/** One measured load of one peer. A load that failed has a note and no figures. */
export interface Row {
	readonly peer: string;
	readonly wire?: Wire;
	/** "1,000 readers, 128 B, window 16" */
	readonly load: string;
	readonly figures: Readonly<Record<string, number>>;
	/** What was wrong, or what was the limit. */
	readonly note?: string;
}

export interface Column {
	/** Its name among the figures. */
	readonly figure: string;
	readonly title: string;
	/** Decimals, or a share shown as a percentage. */
	readonly digits: number | "percent";
}

/** Shown as: who (peer and wire), load where it differs, the columns, the notes. */
export interface Table {
	readonly title?: string;
	readonly columns: readonly Column[];
	readonly rows: readonly Row[];
}

export interface Chart {
	/** Of its file, `results/<name>.svg`. */
	readonly name: string;
	readonly title: string;
	/** What the values are: "deliveries/s", "p99 in ms". */
	readonly unit: string;
	readonly kind: "bars" | "lines";
	/** A logarithmic axis for the values. */
	readonly logarithmic?: boolean;
	/** What stands along the other axis: counts of readers, wires, loads. */
	readonly groups: readonly string[];
	/** A value a group; undefined where there is none. */
	readonly series: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

/** A target of the project, judged within this run. */
export interface Verdict {
	/** Stable, for `bounds.json`: "fan-out websocket window 16 / Nchan". */
	readonly key: string;
	readonly target: string;
	readonly value: number;
	readonly sense: "at least" | "at most";
	readonly bound: number;
	/** "×", "kB", "ms", "messages/s". */
	readonly unit: string;
	readonly met: boolean;
}

export interface Section {
	readonly name: string;
	readonly title: string;
	/** What was done and how it is to be read, as Markdown. */
	readonly text: string;
	readonly tables: readonly Table[];
	readonly charts: readonly Chart[];
	readonly verdicts: readonly Verdict[];
	/** What went wrong or was left out. */
	readonly notes: readonly string[];
}

/** All that `report/` is handed by the command. */
export interface Run {
	/** ISO 8601, when it began. */
	readonly date: string;
	readonly seconds: number;
	/** With their versions, or undefined where one is not installed. */
	readonly peers: readonly { readonly name: string; readonly source: string; readonly version: string | undefined }[];
	readonly sections: readonly Section[];
}
