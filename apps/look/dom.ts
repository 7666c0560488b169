/** The few things that every page does with its document. */

/** The element of the page with this id; the page and its script are one, so it is there. */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
	const found = document.getElementById(id);
	if (!(found instanceof kind)) throw new TypeError(`The page has no ${kind.name} #${id}`);
	return found;
}

/** An element with a class and content. What others wrote comes in as text alone, never as markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	className = "",
	...content: (string | Node)[]
): HTMLElementTagNameMap[Tag] {
	const element = document.createElement(tag);
	if (className !== "") element.className = className;
	element.append(...content);
	return element;
}

/** Writes only what is new, so that screen readers are not told the same words twice. */
export function setText(element: Element, text: string): void {
	if (element.textContent !== text) element.textContent = text;
}
