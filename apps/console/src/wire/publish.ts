/** Publishing: one POST. */
import { messagesUrl } from "./address.ts";
import { asking, refusal, request, unreachable } from "./request.ts";
import type { Crossing } from "./way.ts";

export interface Draft {
	readonly channel: string;
	readonly body: string;
	readonly type: "application/json" | "text/plain";
	readonly event: string;
	readonly token: string | undefined;
}

/** In words for a person: where it is stored, or why it is not. */
export interface Outcome {
	readonly stored: boolean;
	readonly says: string;
	/** A person is asked for a token. */
	readonly asks?: true;
}

export async function publish(draft: Draft, crossed: (crossing: Crossing) => void): Promise<Outcome> {
	const query = draft.event === "" ? [] : [`event=${encodeURIComponent(draft.event)}`];
	const ask = { method: "POST", headers: { "Content-Type": draft.type }, body: draft.body, token: draft.token } as const;
	const begun = performance.now();
	const answer = await request(messagesUrl(draft.channel, ...query), ask, crossed);
	if (answer === undefined) return { stored: false, says: unreachable.why };
	if (answer.status === 401) return { stored: false, says: `${asking(answer, draft.token)}.`, asks: true };
	if (answer.status !== 201 && answer.status !== 200) return { stored: false, says: refusal(answer) };
	const { id } = JSON.parse(answer.text) as { id: string };
	return { stored: true, says: `Stored as ${id} in ${Math.round(performance.now() - begun)} ms` };
}
