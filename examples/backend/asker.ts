/** Asks for a job and waits for it, in the simple style: `npm run ask -w examples/backend -- "some text" [--url url] [--trace]`. */
import { parseArgs } from "node:util";
import { open } from "@holdfast/client/simple";
import { traced } from "./trace.ts";
import type { Said } from "./work.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { url: { type: "string", default: "http://127.0.0.1:8080/backend" }, trace: { type: "boolean" } },
});
const [text = "how many words are these"] = positionals;

const socket = await open<Said>(values.url, "backend.jobs", values.trace ? { environment: traced } : {});
const { id } = await socket.send({ text }, { event: "ask" });
for (let done = false; !done; ) {
	const { event, data } = await socket.receive();
	if (data?.job !== id) continue;
	if (event === "progress") console.log(`${data.worker}: ${data.percent} %`);
	if (event === "done") console.log(`${data.worker}: ${data.result}`);
	done = event === "done";
}
socket.close();
