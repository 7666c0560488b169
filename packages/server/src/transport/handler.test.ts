import type { Page } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { HandlerTransport } from "./handler.ts";

const pageTo = (next: string): Page => ({ gaps: [], messages: [], cursors: [], next, more: false });

test("the next page is taken when the last has been handled, and not before", async () => {
	const begun: string[] = [];
	let finish: () => void = () => undefined;
	const begin = (what: string) => {
		begun.push(what);
		return new Promise<void>((resolve) => {
			finish = resolve;
		});
	};
	const transport = new HandlerTransport({
		page: (page) => begin(page.next),
		stale: () => begin("stale"),
		fresh: () => begin("fresh"),
	});
	let resumed = 0;
	expect(transport.write(pageTo("e-1"))).toBe(false);
	transport.drained(() => {
		resumed++;
	});
	await Promise.resolve();
	expect([begun, transport.writable, resumed]).toEqual([["e-1"], false, 0]);
	finish();
	await new Promise((resolve) => setImmediate(resolve));
	expect([transport.writable, resumed]).toEqual([true, 1]);
	transport.write(pageTo("e-2"));
	finish();
	await new Promise((resolve) => setImmediate(resolve));
	expect([begun, resumed]).toEqual([["e-1", "e-2"], 1]);
	for (const what of ["stale", "fresh"] as const) {
		expect([transport[what](), transport.writable]).toEqual([false, false]);
		finish();
		await new Promise((resolve) => setImmediate(resolve));
		expect([begun.at(-1), transport.writable]).toEqual([what, true]);
	}
});
