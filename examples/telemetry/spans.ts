/** Spans of OpenTelemetry from what Holdfast tells on its diagnostics channels. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Appended, type Delivered, diagnostics } from "@holdfast/server";
import { type Attributes, type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";

/**
 * A `publish` span for each message that the log was asked to keep, and a `deliver` span for each that was written to the
 * readers at the head, where its publisher told a `traceparent`: both are children of that span. Ends when called.
 */
export function traceHoldfast(tracer: Tracer): () => void {
	const span = (name: string, kind: SpanKind, traceparent: string, began: number, attributes: Attributes) =>
		tracer.startSpan(name, { kind, startTime: began, attributes }, parentOf(traceparent));
	const appended = (event: unknown) => {
		const { drafts, began, ended, error } = event as Appended;
		for (const { channel, traceparent } of drafts) {
			if (traceparent === undefined) continue;
			const published = span("publish", SpanKind.PRODUCER, traceparent, began, {
				"messaging.system": "holdfast",
				"messaging.operation.type": "send",
				"messaging.destination.name": channel,
			});
			if (error !== undefined) published.setStatus({ code: SpanStatusCode.ERROR });
			published.end(ended);
		}
	};
	const delivered = (event: unknown) => {
		const { messages, readers, began, ended } = event as Delivered;
		for (const { channel, id, traceparent } of messages) {
			if (traceparent === undefined) continue;
			span("deliver", SpanKind.CONSUMER, traceparent, began, {
				"messaging.system": "holdfast",
				"messaging.operation.type": "process",
				"messaging.destination.name": channel,
				"messaging.message.id": id,
				"holdfast.readers": readers,
			}).end(ended);
		}
	};
	subscribe(diagnostics.appended.name, appended);
	subscribe(diagnostics.delivered.name, delivered);
	return () => {
		unsubscribe(diagnostics.appended.name, appended);
		unsubscribe(diagnostics.delivered.name, delivered);
	};
}

/** A message's `traceparent` is valid, and of version 00: `00-<trace>-<span>-<flags>`. */
function parentOf(traceparent: string): Context {
	const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
	const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
	return trace.setSpanContext(ROOT_CONTEXT, context);
}
