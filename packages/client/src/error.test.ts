import { type ErrorCode, errors } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { HoldfastError } from "./error.ts";

test("what may pass is what the protocol's table says", () => {
	for (const [code, { retry }] of Object.entries(errors)) {
		expect([code, new HoldfastError(code as ErrorCode, "").passing]).toEqual([code, retry]);
	}
	expect(new HoldfastError("unreachable", "").passing).toBe(true);
	expect(new HoldfastError("timed_out", "").passing).toBe(false);
});
