import { expect, test } from "vitest";
import { type ErrorCode, errors, HoldfastError, problem } from "./errors.ts";

const codes = Object.keys(errors) as ErrorCode[];

test("every error is a failure of HTTP, with a remedy in a sentence", () => {
	for (const code of codes) {
		const { status, title, remedy } = errors[code];
		expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
		expect(status).toBeGreaterThanOrEqual(400);
		expect(status).toBeLessThan(600);
		expect(title).not.toBe("");
		expect(remedy).toMatch(/^[A-Z].*[^ ]$/);
	}
});

test("the same request may be sent again after what was nobody's mistake, and not after a mistake", () => {
	for (const code of codes) {
		const { status, retry } = errors[code];
		expect(`${code} ${retry}`).toBe(`${code} ${status === 429 || status >= 500}`);
	}
});

test("a problem is RFC 9457, and says what went wrong in the words of whoever noticed", () => {
	expect(problem("bad_cursor", "after is no cursor")).toEqual({
		type: "about:blank",
		title: "Not a cursor of this resource",
		status: 400,
		detail: "after is no cursor",
		code: "bad_cursor",
	});
});

test("the error keeps its code, its cause and when to try again", () => {
	const cause = new Error("ENOSPC");
	const error = new HoldfastError("disk_full", "no room", { cause, retryAfter: 5 });
	expect(error).toMatchObject({ name: "HoldfastError", code: "disk_full", message: "no room", cause, retryAfter: 5 });
	expect(error).toBeInstanceOf(Error);
	expect(new HoldfastError("forbidden", "no").retryAfter).toBeUndefined();
});
