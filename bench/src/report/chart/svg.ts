/** Pieces of SVG. */

/** The font is the reader's own: room is kept for a wide one. */
const widthOfCharacter = 7.4;

export function widthOf(text: string): number {
	return text.length * widthOfCharacter;
}

export function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function number(value: number): string {
	return String(Math.round(value * 10) / 10);
}

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content?: string): string {
	const listed = Object.entries(attributes).map(
		([key, value]) => ` ${key}="${typeof value === "number" ? number(value) : escaped(value)}"`,
	);
	return content === undefined ? `<${name}${listed.join("")}/>` : `<${name}${listed.join("")}>${content}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
	return element("text", { x, y, ...attributes }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
	return element("line", { x1, y1, x2, y2, class: kind });
}

/** A drawing and how high it became. */
export interface Drawing {
	readonly height: number;
	readonly parts: readonly string[];
}
