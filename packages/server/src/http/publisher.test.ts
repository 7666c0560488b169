import { expect, test } from "vitest";
import { systemClock, systemRandom } from "../clock.ts";
import type { Draft, Log, Receipt } from "../log/log.ts";
import { resolveOptions, serverOptions } from "../options.ts";
import { Addresses } from "./addresses.ts";
import { Attendance } from "./attendance.ts";
import { Connections } from "./connections.ts";
import { Publisher } from "./publisher.ts";

const MiB = 1024 ** 2;

/** A publisher whose log keeps nothing until it is told to. */
function slowPublisher() {
	const waiting: (() => void)[] = [];
	const append = (drafts: readonly Draft[]) =>
		new Promise<readonly Receipt[]>((resolve) => {
			waiting.push(() => resolve(drafts.map(({ channel }) => ({ channel, id: "e-1", time: 0, known: false }))));
		});
	const limits = resolveOptions(serverOptions, { maxPendingBytes: MiB });
	const [limiting, addresses] = [{ clock: systemClock, limits, set: new Set<string>() }, new Addresses()];
	const attendance = new Attendance(
		systemClock,
		systemRandom,
		() => false,
		() => undefined,
	);
	const connections = new Connections(limiting, addresses, systemRandom, attendance);
	const publisher = new Publisher({ append } as unknown as Log, limiting, addresses, connections);
	const keep = () => {
		for (const done of waiting.splice(0)) done();
	};
	return { publisher, keep };
}

const draft = (bytes: number): Draft => ({ channel: "a", data: "x".repeat(bytes) });

test("what waits for a slow log is bounded, and there is room again when it has been kept", async () => {
	const { publisher, keep } = slowPublisher();
	const first = publisher.appendOne(draft(0.6 * MiB));
	await expect(publisher.appendOne(draft(0.6 * MiB))).rejects.toMatchObject({ code: "overloaded", retryAfter: 1 });
	const small = publisher.appendOne(draft(0.3 * MiB));
	keep();
	await Promise.all([first, small]);
	const next = publisher.appendOne(draft(0.6 * MiB));
	keep();
	await expect(next).resolves.toMatchObject({ id: "e-1" });
});

test("a message over the bound is let in alone, since it is allowed as a message", async () => {
	const { publisher, keep } = slowPublisher();
	const large = publisher.appendOne(draft(2 * MiB));
	await expect(publisher.appendOne(draft(1))).rejects.toMatchObject({ code: "overloaded" });
	keep();
	await expect(large).resolves.toMatchObject({ id: "e-1" });
});
