import { expect, test } from "vitest";
import { endOfClose } from "./websocket.ts";

test("a close code says whether to come back", () => {
	expect(endOfClose(1006, "").again).toBe(true);
	expect(endOfClose(4001, "")).toEqual({ why: "The server is draining", again: true });
	expect(endOfClose(4499, "busy")).toEqual({ why: "Closed with 4499: busy", again: true });
	expect(endOfClose(4500, "").again).toBe(false);
	expect(endOfClose(4401, "")).toEqual({ why: "The token has expired: enter a new one", again: false, asks: true });
	expect(endOfClose(4503, "")).toEqual({ why: "You may not read this channel any more", again: false });
	expect(endOfClose(4999, "").again).toBe(false);
});
