import { test } from "vitest";
import { logKit } from "../testing/log-kit.ts";
import { memoryLog } from "./memory.ts";

logKit(test, async (options) => ({ log: memoryLog(options) }));
