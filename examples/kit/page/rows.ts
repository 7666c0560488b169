/** Rows of what comes in, and when it did. */
import { make } from "../../../apps/look/dom.ts";

/** Puts a row last in a list that `box` scrolls. Who reads further up is left there, but for a row of their own. */
export function appendRow(box: Element, list: Element, row: Element, isOwn = false): void {
	const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
	list.append(row);
	if (isAtEnd || isOwn) box.scrollTop = box.scrollHeight;
}

/** What rows are called. */
const named = new WeakMap<Element, string>();

/**
 * Makes the rows of `list` those of `items`, by name. A row whose item stays is left as it is, and with it the focus, and a click that
 * is under way. Items keep their order, and new ones come last.
 */
export function keepRows<Item>(
	list: Element,
	items: readonly Item[],
	nameOf: (item: Item) => string,
	rowOf: (item: Item) => Element,
): void {
	const rest = new Map([...list.children].map((row) => [named.get(row), row]));
	for (const item of items) {
		const name = nameOf(item);
		if (rest.delete(name)) continue;
		const row = rowOf(item);
		named.set(row, name);
		list.append(row);
	}
	for (const row of rest.values()) row.remove();
}

/** `time` in the words of the reader's clock, with the day where it is another one. */
export function timeOf(time: number): HTMLTimeElement {
	const at = new Date(time);
	const isToday = at.toDateString() === new Date().toDateString();
	const words = at.toLocaleString([], { ...(!isToday && { dateStyle: "medium" }), timeStyle: "short" });
	return Object.assign(make("time", "", words), { dateTime: at.toISOString() });
}
