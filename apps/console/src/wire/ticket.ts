/** Tickets: `EventSource` and `WebSocket` can send no header, so each connection asks for a ticket that stands for the token. */
import { shortened } from "../token.ts";
import { ticketsUrl } from "./address.ts";
import { endOf, request } from "./request.ts";
import { type End, type Place, stopped, type Tell, type Way } from "./way.ts";

/** Opens the connection; `admission` is what its query has besides the place. */
export type Opens = (place: Place, admission: readonly string[], tell: Tell, signal: AbortSignal) => Promise<End>;

export function ticketed(opens: Opens): Way {
	return async (place, tell, signal) => {
		const { token } = place;
		if (token === undefined) return opens(place, [], tell, signal);
		const ask = { method: "POST", token, signal } as const;
		const answer = await request(ticketsUrl(), ask, (crossing) =>
			tell.crossed({ ...crossing, text: withoutTicket(crossing.text) }),
		);
		if (signal.aborted) return stopped;
		if (answer?.status === 404) {
			return { why: "This server gives no tickets: choose a poll, or forget the token", again: false };
		}
		if (answer?.status !== 201) return endOf(answer, token);
		const { ticket } = JSON.parse(answer.text) as { ticket: string };
		const crossed: Tell["crossed"] = (crossing) =>
			tell.crossed({ ...crossing, text: crossing.text.replaceAll(ticket, shortened(ticket)) });
		return opens(place, [`ticket=${ticket}`], { ...tell, crossed }, signal);
	};
}

/** The answer that bears a ticket, fit to be shown. */
export function withoutTicket(text: string): string {
	return text.replace(/("ticket":\s*")([^"]*)/, (_, name: string, ticket: string) => name + shortened(ticket));
}
