/** What the library tells on its diagnostics channels, as a line each: where and why, never what was published. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { traceIdOf } from "@holdfast/protocol";
import {
	type Asked,
	type DamagedRecord,
	diagnostics,
	type Ended,
	type Fault,
	type Refusal,
	type SlowReader,
	type WebhookTrouble,
} from "@holdfast/server";
import { visible } from "../../trace/trace.ts";
import type { Tell } from "./events.ts";
import { scrub } from "./scrub.ts";

/** Milliseconds over which what comes in numbers is counted into one line. */
const interval = 10_000;
/** So many failed requests a second have a line of their own: a store that is away fails all of them. */
const linesASecond = 10;

const forNow = new Set(["overloaded", "rate_limited"]);

/** Ends the listening when called, with what has been counted so far. */
export function tellDiagnostics(tell: Tell): () => void {
	const refused = refusals(tell);
	const listeners: readonly (readonly [name: string, listener: (event: unknown) => void])[] = [
		[
			diagnostics.fault.name,
			(event) => {
				const { during, error, asked } = event as Fault;
				const words = visible(scrub(error instanceof Error ? error.message : String(error)));
				tell({ event: "fault", text: `fault during ${during}: ${words}`, fields: { during, error: words, ...fieldsOf(asked) } });
			},
		],
		[
			diagnostics.damagedRecord.name,
			(event) => {
				const { channel, offset } = event as DamagedRecord;
				const text = `damaged record in ${channel} at offset ${offset}; its readers are told a gap`;
				tell({ event: "damaged_record", text, fields: { channel, offset } });
			},
		],
		[
			diagnostics.slowReader.name,
			(event) => {
				const { channels, transport } = event as SlowReader;
				const [channel, ...others] = channels;
				const more = others.length === 0 ? "" : ` and ${others.length} more`;
				const text = `slow reader of ${channel}${more} over ${transport} sent away; it can come back with its cursor`;
				tell({ event: "slow_reader", text, fields: { channel, channels: channels.length, transport } });
			},
		],
		[
			diagnostics.ended.name,
			(event) => {
				const { id, transport, why } = event as Ended;
				tell({ event: "connection_ended", text: `connection ${id} ended: ${why}`, fields: { connection: id, transport, why } });
			},
		],
		[
			diagnostics.webhook.name,
			(event) => {
				const { hook, what, detail } = event as WebhookTrouble;
				const words = visible(scrub(detail));
				tell({ event: "webhook_trouble", text: `webhook ${what} (${hook}): ${words}`, fields: { hook, what, detail: words } });
			},
		],
		[diagnostics.refused.name, (event) => refused.take(event as Refusal)],
	];
	for (const [name, listener] of listeners) subscribe(name, listener);
	return () => {
		for (const [name, listener] of listeners) unsubscribe(name, listener);
		refused.end();
	};
}

/** Who is told to come back later may be thousands: they are counted. */
function refusals(tell: Tell) {
	let counts = new Map<string, number>();
	let leftOut = 0;
	let second = 0;
	let told = 0;
	const flush = () => {
		if (counts.size > 0) {
			const words = [...counts].map(([code, count]) => `${count} ${code}`).join(", ");
			const text = `told to come back later in the last ${interval / 1000} s: ${words}`;
			tell({ event: "requests_refused", text, fields: { counts: Object.fromEntries(counts), seconds: interval / 1000 } });
		}
		if (leftOut > 0) tell({ event: "lines_left_out", text: `${leftOut} more requests failed`, fields: { count: leftOut } });
		counts = new Map();
		leftOut = 0;
	};
	const timer = setInterval(flush, interval).unref();
	return {
		take({ code, status, detail, asked }: Refusal): void {
			const fields = { ...fieldsOf(asked), code, status };
			const what = visible(`${asked.method} ${asked.path}`);
			if (forNow.has(code)) counts.set(code, (counts.get(code) ?? 0) + 1);
			// A fault has its line, with the same fields; and a server that drains has said so.
			else if (code === "internal" || code === "draining") return;
			else if (status < 500) {
				tell({ event: "request_refused", text: `${what} refused: ${code}`, fields });
			} else {
				const now = Math.floor(Date.now() / 1000);
				told = now === second ? told + 1 : 1;
				second = now;
				if (told > linesASecond) leftOut += 1;
				else {
					const words = visible(scrub(detail));
					tell({ event: "request_failed", text: `${what} failed: ${code}: ${words}`, fields: { ...fields, detail: words } });
				}
			}
		},
		end(): void {
			clearInterval(timer);
			flush();
		},
	};
}

function fieldsOf(asked: Asked | undefined): Readonly<Record<string, string>> {
	if (asked === undefined) return {};
	const { id, method, path, traceparent } = asked;
	return {
		...(id === undefined ? {} : { request_id: id }),
		method,
		path,
		...(traceparent === undefined ? {} : { trace_id: traceIdOf(traceparent) }),
	};
}
