export type { Log } from "../log/log.ts";
