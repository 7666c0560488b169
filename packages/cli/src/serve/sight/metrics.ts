/** The numbers of this process in the form of Prometheus, and those of several processes as one. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { errors } from "@holdfast/protocol";
import { type Appended, type Delivered, diagnostics, type PageRead, type Refusal, type Stats } from "@holdfast/server";
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from "prom-client";
import { type MetricName, type MetricRow, metrics } from "./metrics-table.ts";

/** What one process tells another of its metrics; JSON. */
export type Told = readonly object[];

export interface Metrics {
	told(): Promise<Told>;
	close(): void;
}

export interface MetricsOptions {
	readonly version: string;
	/** None in a process that serves nobody. */
	readonly stats?: () => Stats;
}

export function openMetrics({ version, stats }: MetricsOptions): Metrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const counted = new Map<string, Metric>();
	for (const [name, row] of Object.entries(metrics) as [MetricName, MetricRow][]) {
		if (row.read === undefined || stats !== undefined) counted.set(name, makeMetric(name, row, registry, stats));
	}
	const counter = (name: MetricName) => counted.get(name) as Counter;
	const histogram = (name: MetricName) => counted.get(name) as Histogram;
	(counted.get("holdfast_build_info" satisfies MetricName) as Gauge).set({ version }, 1);
	const codes = counter("holdfast_errors_total");
	// A rate needs the nought before the first one.
	for (const code of Object.keys(errors)) codes.inc({ code }, 0);
	const [appends, reads, writes] = [
		histogram("holdfast_store_append_seconds"),
		histogram("holdfast_store_read_seconds"),
		histogram("holdfast_append_to_write_seconds"),
	];
	const since = (began: number, ended: number) => Math.max(0, ended - began) / 1000;
	const listeners: readonly (readonly [string, (event: unknown) => void])[] = [
		[diagnostics.refused.name, (event) => codes.inc({ code: (event as Refusal).code })],
		[diagnostics.fault.name, () => counter("holdfast_faults_total").inc()],
		[diagnostics.damagedRecord.name, () => counter("holdfast_damaged_records_total").inc()],
		[diagnostics.appended.name, (event) => appends.observe(since((event as Appended).began, (event as Appended).ended))],
		[diagnostics.pageRead.name, (event) => reads.observe(since((event as PageRead).began, (event as PageRead).ended))],
		[
			diagnostics.delivered.name,
			(event) => {
				const { messages, readers, ended } = event as Delivered;
				if (readers > 0) writes.observe(since(messages[0]?.time ?? ended, ended));
			},
		],
	];
	for (const [name, listener] of listeners) subscribe(name, listener);
	return {
		told: () => registry.getMetricsAsJSON(),
		close() {
			for (const [name, listener] of listeners) unsubscribe(name, listener);
			registry.clear();
		},
	};
}

/** The text of what one process or several have told. */
export async function metricsText(told: readonly Told[]): Promise<{ readonly type: string; readonly text: string }> {
	const registry = AggregatorRegistry.aggregate(told as object[][]);
	return { type: registry.contentType, text: await registry.metrics() };
}

function makeMetric(name: string, row: MetricRow, registry: Registry, stats: (() => Stats) | undefined): Metric {
	const { type, sentence, label, together = "sum", read, buckets } = row;
	const options = {
		name,
		help: sentence,
		aggregator: together,
		registers: [registry],
		labelNames: label === undefined ? [] : [label],
	};
	if (type === "histogram") return new Histogram({ ...options, buckets: [...(buckets ?? [])] });
	const tell = (set: (labels: Record<string, string>, value: number) => void) => {
		if (read === undefined || stats === undefined) return;
		const values = read(stats());
		if (typeof values === "number") set({}, values);
		else for (const [value, number] of Object.entries(values)) set({ [label ?? ""]: value }, number);
	};
	if (type === "gauge") {
		const gauge: Gauge = new Gauge({ ...options, collect: () => tell((labels, value) => gauge.set(labels, value)) });
		return gauge;
	}
	const counter: Counter = new Counter({
		...options,
		collect: () => {
			if (read !== undefined) counter.reset();
			tell((labels, value) => counter.inc(labels, value));
		},
	});
	return counter;
}
