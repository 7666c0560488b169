/** The part of a page in which people talk: of the chat, and of the support. */
import type { Visitor } from "./gallery.ts";

export async function say({ page }: Visitor, text: string): Promise<void> {
	await page.getByLabel("Message", { exact: true }).fill(text);
	await page.keyboard.press("Enter");
}

/** What stands there and has come back from the server. */
export function heard({ page }: Visitor): Promise<string[]> {
	return page
		.locator("#messages li")
		.evaluateAll((rows) => rows.map((row) => `${row.querySelector("b")?.textContent}: ${row.querySelector("p")?.textContent}`));
}
