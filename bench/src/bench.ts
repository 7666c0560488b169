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
const compared = peers.map((peer) => ({ name: peer.name, source: peer.source, version: peer.version() }));
const soFar = (): Run => ({ date, seconds: (performance.now() - begin) / 1000, peers: compared, sections });
for (const work of options.works) {
	try {
		const section = await work.run({ ...options, say });
		sections.push(section);
		if (!options.json) console.log(`${sectionText({ ...section, charts: [] }, undefined)}\n`);
	} catch (error) {
		// What was measured before it, and what comes after, stands for itself.
		say(`${work.name} failed: ${(error as Error).stack}`);
		process.exitCode = 1;
	}
	if (options.all) say(`${Math.round(soFar().seconds / 60)} minutes so far: ${writeReport(soFar())}`);
}
if (options.json) console.log(JSON.stringify(soFar(), null, "\t"));
