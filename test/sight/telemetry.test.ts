/** The example of spans: what the diagnostics channels tell is enough for a trace from publisher to readers. */
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, expect, test } from "vitest";
import { traceHoldfast } from "../../examples/telemetry/spans.ts";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { startWorld } from "../support/world.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

test("a publish and its delivery are children of the span that the publisher told", async () => {
	const exporter = new InMemorySpanExporter();
	const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
	ends.push(traceHoldfast(provider.getTracer("holdfast")));
	const world = await startWorld();
	ends.push(() => world.close());
	const at = `${world.origin}/v1/channels/chat/messages`;
	const readers = await Promise.all([openEvents(at), openEvents(at)]);
	for (const reader of readers) ends.push(reader.close);
	await Promise.all(readers.map((reader) => reader.take(2)));
	const [traceId, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
	const began = Date.now();
	await ask(at, { body: 1 });
	const { json } = await ask(at, { body: 2, headers: { traceparent: `00-${traceId}-${parent}-01` } });
	await Promise.all(readers.map((reader) => reader.take(2)));
	await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
	const spans = new Map(exporter.getFinishedSpans().map((span) => [span.name, span]));
	for (const span of spans.values()) {
		expect(span.spanContext().traceId).toBe(traceId);
		expect(span.parentSpanContext).toMatchObject({ spanId: parent, isRemote: true });
		expect(span.attributes["messaging.destination.name"]).toBe("chat");
		const start = span.startTime[0] * 1000 + span.startTime[1] / 1e6;
		expect(Math.abs(start - began)).toBeLessThan(5000);
		expect(span.duration[0] * 1000 + span.duration[1] / 1e6).toBeLessThan(5000);
	}
	expect(spans.get("deliver")?.attributes).toMatchObject({ "messaging.message.id": json.id, "holdfast.readers": 2 });
	expect([...spans.keys()]).toEqual(expect.arrayContaining(["publish", "deliver"]));
});
