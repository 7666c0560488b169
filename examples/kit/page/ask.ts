/** A request to the page's own server. */
import { byId, make, setText } from "../../../apps/look/dom.ts";

/** What the server refused, in its words. */
export class Refused extends Error {
	readonly status: number;

	constructor(status: number, detail: string) {
		super(detail);
		this.name = "Refused";
		this.status = status;
	}
}

/** Why something failed, in words that a page can show. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/**
 * @param path - relative to the page.
 * @param body - sent as JSON, by POST; without it it is a GET.
 * @throws Refused, with a status of 0 where no answer came.
 */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
	const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
	const response = await fetch(path, body === undefined ? {} : post).catch(() => undefined);
	if (response === undefined) throw new Refused(0, "The server cannot be reached. Try again in a moment.");
	const answer = await response.json().catch(() => ({}));
	if (!response.ok) throw new Refused(response.status, String(answer.detail ?? response.statusText));
	return answer as T;
}

/** As `ask`, for what a page cannot begin without. What keeps it waiting stands where it will say how it is connected. */
export async function askUntilAnswered<T>(path: string, body?: unknown): Promise<T> {
	const words = make("p", "fault");
	words.setAttribute("role", "alert");
	byId("connection", HTMLElement).append(words);
	for (;;) {
		try {
			const answer = await ask<T>(path, body);
			words.remove();
			return answer;
		} catch (error) {
			setText(words, reasonOf(error));
			await new Promise((resolve) => setTimeout(resolve, 2000));
		}
	}
}
