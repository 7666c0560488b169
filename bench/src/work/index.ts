/** Every work, in the order of the report. */
import { catchingUp } from "./catch-up.ts";
import { channels } from "./channels.ts";
import { day } from "./day.ts";
import { durable } from "./durable.ts";
import { fanOut } from "./fan-out.ts";
import { herd } from "./herd.ts";
import { idle } from "./idle.ts";
import { nodes } from "./nodes.ts";
import { redisMemory } from "./redis-memory.ts";
import { slowReader } from "./slow-reader.ts";
import type { Work } from "./work.ts";
import { workers } from "./workers.ts";

export const works: readonly Work[] = [
	fanOut,
	channels,
	herd,
	catchingUp,
	idle,
	durable,
	slowReader,
	day,
	workers,
	nodes,
	redisMemory,
];
