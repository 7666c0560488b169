import fc from "fast-check";
import { expect, test } from "vitest";
import { type Gap, type Message, messageFields, type Page, pollBody } from "./message.ts";

/** Text that likes to end a JSON string, in any well-formed or broken way. */
const hostileText = fc
	.array(
		fc.oneof(
			fc.constantFrom('"', "\\", "\\u", "\n", "\0", "\u2028", "\ud83d", "</script>", "},{"),
			fc.string({ unit: "binary" }),
		),
	)
	.map((parts) => parts.join(""));

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const messages: fc.Arbitrary<Message> = fc
	.record({
		offset: fc.integer({ min: 1 }),
		data: fc.oneof(
			fc.json(),
			hostileText.map((text) => JSON.stringify(text)),
		),
		time: fc.maxSafeNat(),
		encoding: optional(fc.constant("base64" as const)),
		event: optional(hostileText),
		from: optional(hostileText),
		key: optional(hostileText),
	})
	.map(({ encoding, event, from, key, ...rest }) => ({
		channel: "chat",
		id: `e-${rest.offset}`,
		...rest,
		...(encoding !== undefined && { encoding }),
		...(event !== undefined && { event }),
		...(from !== undefined && { from }),
		...(key !== undefined && { key }),
	}));

const gaps: fc.Arbitrary<Gap> = fc.record({
	channel: fc.stringMatching(/^[a-z]{1,9}$/),
	after: fc.constant("e-1"),
	next: fc.constant("e-4"),
	reason: fc.constantFrom("expired", "reset", "unknown", "damaged"),
});

const pages: fc.Arbitrary<Page> = fc
	.record({ gaps: fc.array(gaps, { maxLength: 3 }), messages: fc.array(messages, { maxLength: 5 }), more: fc.boolean() })
	.map((page) => ({ ...page, cursors: page.messages.map(({ id }) => id), next: page.messages.at(-1)?.id ?? "e-0" }));

/** A message as the wire has it: the data a value, and no field that the message has not. */
function onTheWire({ offset: _, data, ...fields }: Message): unknown {
	return { ...fields, data: JSON.parse(data) };
}

test("the answer to a poll is JSON whatever the messages hold", () => {
	fc.assert(
		fc.property(pages, (page) => {
			const gap = page.gaps[0] === undefined ? {} : { gap: page.gaps[0] };
			expect(JSON.parse(pollBody(page))).toEqual({
				messages: page.messages.map(onTheWire),
				next: page.next,
				more: page.more,
				...gap,
			});
		}),
	);
});

test("the answer to a poll of several channels tells their gaps as a list", () => {
	fc.assert(
		fc.property(pages, (page) => {
			const { gaps, gap } = JSON.parse(pollBody(page, true));
			expect(gap).toBeUndefined();
			expect(gaps).toEqual(page.gaps.length === 0 ? undefined : page.gaps);
		}),
	);
});

test("data goes out as it was kept, so that no number is rounded on the way", () => {
	const message: Message = { channel: "c", id: "e-1", offset: 1, data: "12345678901234567890.50", time: 5 };
	expect(messageFields(message)).toBe('"id":"e-1","channel":"c","data":12345678901234567890.50,"time":5');
});

test("an answer is well-formed text, half a surrogate pair in a field or not", () => {
	fc.assert(
		fc.property(pages, (page) => {
			expect(pollBody(page).isWellFormed()).toBe(page.messages.every(({ data }) => data.isWellFormed()));
		}),
	);
});
