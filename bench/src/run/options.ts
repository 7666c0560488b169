/** The arguments of the command. */
import { parseArgs } from "node:util";
import { peers } from "../peers/index.ts";
import type { Peer, Wire } from "../peers/peer.ts";
import { works } from "../work/index.ts";
import type { Context, Work } from "../work/work.ts";

export interface Options extends Omit<Context, "say"> {
	readonly works: readonly Work[];
	/** Everything, which makes the report. */
	readonly all: boolean;
	readonly json: boolean;
	/** Those that are not installed. */
	readonly missing: readonly Peer[];
}

const list = (text: string | undefined) => text?.split(",").map((part) => part.trim().toLowerCase());

/** @throws Error when a work is named that there is not. */
export function readOptions(args: readonly string[]): Options {
	const { values, positionals } = parseArgs({
		args: [...args],
		allowPositionals: true,
		options: {
			peers: { type: "string" },
			wires: { type: "string" },
			readers: { type: "string" },
			repetitions: { type: "string" },
			quick: { type: "boolean", default: false },
			profile: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
		},
	});
	const chosen = positionals.map((name) => {
		const work = works.find((one) => one.name === name);
		if (work === undefined) throw new Error(`no work is called ${name}; there are ${works.map((one) => one.name).join(", ")}`);
		return work;
	});
	const names = list(values.peers);
	const asked = peers.filter(({ name }) => names?.some((part) => name.toLowerCase().includes(part)) ?? true);
	const wires = list(values.wires) as Wire[] | undefined;
	const readers = list(values.readers)?.map(Number);
	return {
		works: chosen.length > 0 ? chosen : works,
		all: chosen.length === 0 && names === undefined && wires === undefined && readers === undefined && !values.quick,
		peers: asked.filter((peer) => peer.version() !== undefined),
		missing: asked.filter((peer) => peer.version() === undefined),
		repetitions: Number(values.repetitions ?? (values.quick ? 1 : 2)),
		quick: values.quick,
		profile: values.profile,
		json: values.json,
		...(wires !== undefined && { wires }),
		...(readers !== undefined && { readers }),
	};
}
