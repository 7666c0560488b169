/** Whether it is a page of ours that asks. What is no browser says no origin. */
import type { IncomingMessage } from "node:http";

export function isSameSite({ headers: { origin, host } }: Pick<IncomingMessage, "headers">): boolean {
	return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}
