/** What the library tells on its diagnostics channels, as a line each: where and why, never what was published. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type DamagedRecord, diagnostics, type Fault, type SlowReader, type WebhookTrouble } from "@holdfast/server";
import { visible } from "../trace/trace.ts";

/** Ends the listening when called. */
export function tellDiagnostics(print: (line: string) => void): () => void {
	const listeners: readonly (readonly [name: string, listener: (event: unknown) => void])[] = [
		[
			diagnostics.fault.name,
			(event) => {
				const { during, error } = event as Fault;
				print(`fault during ${during}: ${visible(error instanceof Error ? error.message : String(error))}`);
			},
		],
		[
			diagnostics.damagedRecord.name,
			(event) => {
				const { channel, offset } = event as DamagedRecord;
				print(`damaged record in ${channel} at offset ${offset}; its readers are told a gap`);
			},
		],
		[
			diagnostics.slowReader.name,
			(event) => {
				const { channels, transport } = event as SlowReader;
				const [first, ...others] = channels;
				const more = others.length === 0 ? "" : ` and ${others.length} more`;
				print(`slow reader of ${first}${more} over ${transport} sent away; it can come back with its cursor`);
			},
		],
		[
			diagnostics.webhook.name,
			(event) => {
				const { hook, what, detail } = event as WebhookTrouble;
				print(`webhook ${what} (${hook}): ${visible(detail)}`);
			},
		],
	];
	for (const [name, listener] of listeners) subscribe(name, listener);
	return () => {
		for (const [name, listener] of listeners) unsubscribe(name, listener);
	};
}
