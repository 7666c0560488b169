/** The server part of the kit: what each example would otherwise say again. */
export { alone, type Example, type Stage, together } from "./app.ts";
export { body, nameField, readableName } from "./fields.ts";
export { type Kept, kept } from "./kept.ts";
export { problem, refuse } from "./problem.ts";
export { isSameSite } from "./same-site.ts";
export { type Session, session } from "./session.ts";
export { site } from "./site.ts";
