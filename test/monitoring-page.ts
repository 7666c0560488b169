/** docs/monitoring.md, made from the tables of metrics and of log events. */
import { diagnostics } from "@holdfast/server";
import { events } from "../packages/cli/src/serve/sight/events.ts";
import { type MetricRow, metrics } from "../packages/cli/src/serve/sight/metrics-table.ts";
import { code, page, table } from "./reference.ts";

/** What is told on each diagnostics channel, in the order of its file. */
const channels: Readonly<Record<keyof typeof diagnostics, string>> = {
	damagedRecord: "`DamagedRecord`: a record failed its checksum",
	slowReader: "`SlowReader`: a reader was sent away since it made no progress",
	ended: "`Ended`: a connection was ended by its rights or by an administrator",
	webhook: "`WebhookTrouble`: a webhook could not be told, or was told a gap",
	fault: "`Fault`: something failed that no client caused",
	refused: "`Refusal`: an error was the answer to a request, an upgrade, an operation or a frame",
	appended: "`Appended`: the log kept messages, or did not; with each one's `traceparent`, and when it began and ended",
	pageRead: "`PageRead`: a page was read from the log",
	delivered: "`Delivered`: a page was written to all readers at the head; once a page, with its messages",
};

export function monitoringPage(): string {
	return page(
		"# Monitoring",
		"What `holdfast serve` says about itself: metrics for Prometheus, a log on standard error, and, for who embeds it, diagnostics channels.",
		"## Metrics",
		"`GET /metrics` is for those with administration rights, as `/v1/channels` is: where no rights are configured, for requests of this machine that no proxy has handed on. With `--workers` any worker that is asked answers for all processes, the owner of the data folder too: counts are added up, and a process that does not answer within a second is left out. Several nodes are scraped one by one.",
		table(
			["metric", "type", "label", "what it is"],
			Object.entries(metrics).map(([name, row]) => metricRow(name, row)),
		),
		"No label has a value that a client chooses: no channel, no subject, no address. Beside these there are the metrics of the process and of Node that prom-client has by default: `process_…` and `nodejs_…`, among them `nodejs_eventloop_lag_p99_seconds`, which says how long a reader may have waited for others.",
		"The same numbers are given by `holdfast.stats()` to who embeds the library, and its option `metrics` is what `GET /metrics` answers there.",
		'```yaml\nscrape_configs:\n  - job_name: holdfast\n    static_configs:\n      - targets: ["127.0.0.1:8080"]\n```',
		"### What to be woken for",
		table(
			["when", "then"],
			[
				[
					code("min(holdfast_store_fresh) == 0"),
					"For a minute: Redis, or the owner of the data folder, is away. Readers stay; nothing is published.",
				],
				[
					code('rate(holdfast_publishes_total{outcome="failed"}[5m]) > 0'),
					"The log keeps nothing: the disk is full, or it is away.",
				],
				[code("increase(holdfast_damaged_records_total[1h]) > 0"), "The disk or the memory of this machine is broken."],
				[code("increase(holdfast_faults_total[15m]) > 0"), "Look for `fault` in the log."],
				[code('rate(holdfast_gaps_total{reason="expired"}[15m]) > 0'), "Readers come back later than messages are kept."],
				[code("nodejs_eventloop_lag_p99_seconds > 0.2"), "The process has more to do than one core can."],
			],
		),
		"## Dashboard",
		"[grafana/holdfast.json](grafana/holdfast.json) is imported in Grafana under Dashboards, New, Import. It asks for the data source, and each metric above is in one of its panels. Its form and its queries are checked by the tests, but there was no Grafana here to load it into.",
		"## Log",
		"Standard error has a line an event. `--log text`, the default, is for people; `--log json` is an object a line, with `time`, `level`, `pid`, `event`, `message` and the fields below. `--log-level` says the least that is told: `info`, with text `warn`. The announcement with the address stays on standard output in both.",
		table(
			["event", "level", "what happened", "fields"],
			Object.entries(events).map(([name, { level, sentence, fields }]) => [
				code(name),
				level,
				sentence,
				fields.map(code).join(" "),
			]),
		),
		"An answer of 5xx has an `X-Request-Id`, made by the server, and `request_id` in the log is the same; on a WebSocket of the full form it is the `session` that `hello` told. `trace_id` is that of the request's `traceparent`.",
		"**What never stands in a line:** a token, a ticket, a cookie, a key, the query of a request, any other header, the data of a message, and what a refused client has sent. Channels do stand there, so do not put a secret into a channel's name. Errors are said in the words of whoever threw them, also of your app, with what looks like a secret taken out: that is a net, and no promise.",
		"## Diagnostics channels",
		"The library prints nothing. It tells what happened on channels of `node:diagnostics_channel`; the types are exported. While nobody listens they cost nothing. Times are milliseconds since 1970.",
		table(
			["channel", "what is told"],
			(Object.keys(channels) as (keyof typeof channels)[]).map((key) => [code(diagnostics[key].name), channels[key]]),
		),
		"`Delivered` has the messages with their data: they are the very objects that readers are told, for tracing, and not for a log.",
		"## Traces",
		"A message keeps the `traceparent` that it was published with, and every reader is told it: [PROTOCOL.md](../PROTOCOL.md). The client hands it on as a field of the message, though its types do not name it. [examples/telemetry](../examples/telemetry) makes spans of OpenTelemetry of each publish and delivery.",
	);
}

function metricRow(name: string, { type, label, sentence }: MetricRow): readonly string[] {
	return [code(name), type, label === undefined ? "" : code(label), sentence];
}
