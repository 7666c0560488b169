/** `npm run bench`: measures everybody side by side and writes the report; works that are named are measured and printed alone. */
import { peers } from "./peers/index.ts";
import { describeMachine, machineText } from "./report/machine.ts";
import { sectionText } from "./report/markdown.ts";
import { writeReport } from "./report/write.ts";
import { type Options, readOptions } from "./run/options.ts";
import type { Run, Section } from "./work/work.ts";

/** Progress, which is no part of the result. */
const say = (text: string) => console.error(text);

function optionsOrUsage(): Options {
	try {
		return readOptions(process.argv.slice(2));
	} catch (error) {
		say(`bench: ${(error as Error).message}`);
		process.exit(2);
	}
}

const options = optionsOrUsage();
const date = new Date().toISOString();
const begin = performance.now();

for (const { name } of options.missing) say(`${name} is not installed: left out`);
if (!options.json) console.log(`${machineText(describeMachine())}\n`);
const sections: Section[] = [];
for (const work of options.works) {
	const section = await work.run({ ...options, say });
	sections.push(section);
	if (!options.json) console.log(`${sectionText({ ...section, charts: [] }, undefined)}\n`);
}

const seconds = (performance.now() - begin) / 1000;
const compared = peers.map((peer) => ({ name: peer.name, source: peer.source, version: peer.version() }));
const run: Run = { date, seconds, peers: compared, sections };
if (options.json) console.log(JSON.stringify(run, null, "\t"));
if (options.all) say(`took ${Math.round(seconds / 60)} minutes; the report is ${writeReport(run)}`);
