import { expect, test } from "vitest";
import { withoutTicket } from "./ticket.ts";

test("the answer that bears a ticket is shown with the beginning of it", () => {
	const answer = '201 Created\n{"ticket":"h7Qx-7.0123456789abcdefghijklmn","expires":1795190430123}';
	expect(withoutTicket(answer)).toBe('201 Created\n{"ticket":"h7Qx-7.…","expires":1795190430123}');
});

test("an answer without one is shown as it is", () => {
	const answer = '401 Unauthorized\n{"code":"unauthorized"}';
	expect(withoutTicket(answer)).toBe(answer);
});
