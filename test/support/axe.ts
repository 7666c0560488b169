/** What stands in the way of people who use a page with a keyboard, a screen reader or little contrast. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A line for each rule that the page breaks. */
export async function violations(page: Page): Promise<string[]> {
	// It is large: once for each document.
	if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
	const found = await page.evaluate(() =>
		(globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"] }),
	);
	expect(found.passes.length).toBeGreaterThan(10);
	return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
}
