/** Rows of what comes in, and when it did. */
import { make } from "../../../apps/look/dom.ts";

/** Puts a row last in a list that `box` scrolls. Who reads further up is left there, but for a row of their own. */
export function appendRow(box: Element, list: Element, row: Element, isOwn = false): void {
	const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
	list.append(row);
	if (isAtEnd || isOwn) box.scrollTop = box.scrollHeight;
}

/** `time` in the words of the reader's clock, with the day where it is another one. */
export function timeOf(time: number): HTMLTimeElement {
	const at = new Date(time);
	const isToday = at.toDateString() === new Date().toDateString();
	const words = at.toLocaleString([], { ...(!isToday && { dateStyle: "medium" }), timeStyle: "short" });
	return Object.assign(make("time", "", words), { dateTime: at.toISOString() });
}
