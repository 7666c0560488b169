/** The page part of the kit: what each page would otherwise say again. */
export type { Message, TransportName } from "@holdfast/client";
export { ask, askUntilAnswered, Refused } from "./ask.ts";
export { type Connected, connect } from "./connect.ts";
export { appendRow, byId, make, setText, timeOf } from "./dom.ts";
export { changesUser, onSubmit, sendByEnter } from "./form.ts";
