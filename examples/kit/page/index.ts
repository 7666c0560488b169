/** The page part of the kit: what each page would otherwise say again. */
export type { Message, TransportName } from "@holdfast/client";
export { byId, make, setText } from "../../../apps/look/dom.ts";
export { ask, askUntilAnswered, Refused, reasonOf } from "./ask.ts";
export { type Connected, connect } from "./connect.ts";
export { changesUser, onSubmit, sendByEnter } from "./form.ts";
export { appendRow, keepRows, timeOf } from "./rows.ts";
