export type { Log } from "../log/log.ts";
export * from "./held-log.ts";
export { type Answered, type Asked, ask, exchange } from "./readers/exchange.ts";
export { FullClient, type FullFrame } from "./readers/full-socket.ts";
export * from "./readers/reader.ts";
export { type SseEvent, SseParser } from "./readers/sse-parser.ts";
export type { Target, Way } from "./readers/way.ts";
export { allWays, wireWays } from "./readers/ways.ts";
export * from "./world.ts";
