/** `npm run bench:check`: a short run whose ratios must keep within `bounds.json`. The exit code is 1 when one does not. */
import { readFileSync } from "node:fs";
import { peers } from "./peers/index.ts";
import type { Peer } from "./peers/peer.ts";
import { type Bound, type Judged, judgeBound } from "./report/bounds.ts";
import { describeMachine, machineText } from "./report/machine.ts";
import { table } from "./report/table.ts";
import { durable } from "./work/durable.ts";
import { fanOut } from "./work/fan-out.ts";
import { herd } from "./work/herd.ts";
import { idle } from "./work/idle.ts";
import type { Section, Work } from "./work/work.ts";

interface Part {
	readonly work: Work;
	readonly readers: number;
}

const parts: readonly Part[] = [
	{ work: fanOut, readers: 1000 },
	{ work: herd, readers: 1000 },
	{ work: durable, readers: 0 },
	{ work: idle, readers: 2000 },
];

const installed = peers.filter((peer) => peer.version() !== undefined);
const bounds = JSON.parse(readFileSync(new URL("../bounds.json", import.meta.url), "utf8")) as readonly Bound[];

/** The peers that a bound of this work names, over the wires that it names. */
function comparedIn(work: Work): Peer[] {
	const places = bounds.filter((bound) => bound.work === work.name).flatMap(({ of, to }) => [of, to]);
	return installed
		.filter(({ name }) => places.some(({ peer }) => peer === name))
		.map((peer) => ({
			...peer,
			accesses: peer.accesses.filter(({ wire }) => places.some((place) => place.peer === peer.name && place.wire === wire)),
		}));
}

function measure({ work, readers }: Part): Promise<Section> {
	const compared = comparedIn(work);
	return work.run({ peers: compared, repetitions: 1, quick: true, profile: false, readers: [readers], say: console.error });
}

const judged: Judged[] = [];
for (const part of parts) {
	const mine = bounds.filter(({ work }) => work === part.work.name);
	const once = await measure(part);
	const first = mine.map((bound) => judgeBound(bound, [once]));
	// A neighbour on the machine spoils a short run now and then, hardly ever twice.
	const again = first.some(({ state }) => state === "BROKEN") ? await measure(part) : once;
	judged.push(...mine.map((bound, at) => (first[at]?.state === "BROKEN" ? judgeBound(bound, [again]) : (first[at] as Judged))));
}

const rows = judged.map(({ says, asked, measured, state }) => [says, asked, measured, state]);
console.log(`${machineText(describeMachine())}\n\n${table(["bound", "asked", "measured", ""], rows)}`);
if (judged.some(({ state }) => state === "BROKEN")) process.exitCode = 1;
