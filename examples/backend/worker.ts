/** A worker as a program of its own, in the style of events: `npm run worker -w examples/backend -- [url] [--name n] [--trace]`. */
import { parseArgs } from "node:util";
import { connect } from "@holdfast/client";
import { traced } from "./trace.ts";
import { type Said, work } from "./work.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { name: { type: "string" }, pace: { type: "string", default: "200" }, trace: { type: "boolean" } },
});
const [url = "http://127.0.0.1:8080/backend"] = positionals;
const me = values.name ?? `worker-${process.pid}`;

const holdfast = connect(url, values.trace ? { environment: traced } : {});
holdfast.on("state", (state, reason) => console.log(`${me}: ${state}${reason ? `, since ${reason.message}` : ""}`));
work(holdfast.channel<Said>("backend.jobs"), me, Number(values.pace), (line) => console.log(`${me}: ${line}`));
