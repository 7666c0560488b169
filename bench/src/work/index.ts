/** Every work, in the order of the report. */
import { fanOut } from "./fan-out.ts";
import { herd } from "./herd.ts";
import type { Work } from "./work.ts";

export const works: readonly Work[] = [fanOut, herd];
