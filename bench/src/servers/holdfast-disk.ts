/** Holdfast with its log on disk, in the folder given, everything as it is by default: flushed before the answer. */
import { createServer } from "node:http";
import { createHoldfast, diskLog } from "@holdfast/server";
import { serve } from "./serve.ts";

const holdfast = createHoldfast({ log: diskLog({ folder: process.argv[2] as string }) });

const server = createServer((request, response) => holdfast.handle(request, response));

serve(server, (text) => holdfast.publish("bench", text));
