/** `npm run bench:check`: a short run whose ratios must keep within `bounds.json`. The exit code is 1 when one does not. */
import { readFileSync } from "node:fs";
import { peers } from "./peers/index.ts";
import type { Wire } from "./peers/peer.ts";
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
	readonly names: readonly string[];
	readonly readers: number;
	readonly wires?: readonly Wire[];
}

const parts: readonly Part[] = [
	{ work: fanOut, names: ["Holdfast", "Nchan", "Socket.IO", "ws loop", "bare send()"], readers: 1000 },
	{ work: herd, names: ["Holdfast", "Nchan"], readers: 1000 },
	{ work: durable, names: ["Holdfast"], readers: 0 },
	{ work: idle, names: ["Holdfast", "Socket.IO", "ws loop"], readers: 2000, wires: ["websocket", "socket.io"] },
];

const installed = peers.filter((peer) => peer.version() !== undefined);
const bounds = JSON.parse(readFileSync(new URL("../bounds.json", import.meta.url), "utf8")) as readonly Bound[];

function measure({ work, names, readers, wires }: Part): Promise<Section> {
	const chosen = installed.filter(({ name }) => names.includes(name));
	const context = { peers: chosen, repetitions: 1, quick: true, profile: false, readers: [readers] };
	return work.run({ ...context, ...(wires && { wires }), say: (text) => console.error(text) });
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
