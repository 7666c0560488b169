import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one line that a script can read: `N passed, N failed`, and how many were skipped if any were. */
export default class CountReporter implements Reporter {
	#line = "0 passed, 0 failed";

	onInit(): void {
		// At exit, so that nothing of vitest's own can come after it.
		process.once("exit", () => process.stdout.write(`${this.#line}\n`));
	}

	onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
		this.#line = countLine(modules, unhandledErrors.length);
	}
}

export function countLine(modules: readonly TestModule[], unhandledErrors: number): string {
	const count = { passed: 0, failed: unhandledErrors, skipped: 0 };
	for (const module of modules) {
		let failed = 0;
		for (const test of module.children.allTests()) {
			const { state } = test.result();
			if (state === "passed") count.passed++;
			else if (state === "skipped") count.skipped++;
			else failed++;
		}
		// A file that cannot be loaded, or whose hooks fail, holds no failed test and is a failure all the same.
		if (failed === 0 && !module.ok()) failed = 1;
		count.failed += failed;
	}
	return `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`;
}
