import { readFileSync } from "node:fs";
import { errors } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { monitoringPage } from "./monitoring-page.ts";
import { errorsPage, optionsPage } from "./reference.ts";

/** `npm run docs` writes these pages; here they must be what it would write. */
test.each([
	["docs/options.md", optionsPage],
	["docs/errors.md", errorsPage],
	["docs/monitoring.md", monitoringPage],
])("%s says what the tables say", async (path, made) => {
	await expect(made()).toMatchFileSnapshot(`../${path}`);
});

test("PROTOCOL.md names every error code under its status, and no other", () => {
	const text = readFileSync("PROTOCOL.md", "utf8");
	const section = text.split(/^## /m).find((part) => /^\d+\. Errors\n/.test(part)) ?? "";
	const told = [...section.matchAll(/^\| *([\d, ]+) *\|(.*)\|$/gm)].flatMap(([, statuses = "", codes = ""]) =>
		[...codes.matchAll(/`([a-z_]+)`/g)].map(([, code]) => ({ code, statuses: statuses.split(",").map(Number) })),
	);
	expect(told.map(({ code }) => code).sort()).toEqual(Object.keys(errors).sort());
	for (const { code, statuses } of told) {
		expect(statuses).toContain(errors[code as keyof typeof errors].status);
	}
});
