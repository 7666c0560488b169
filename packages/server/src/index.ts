export * from "./clock.ts";
export * from "./diagnostics.ts";
export type * from "./log/log.ts";
export * from "./options.ts";
