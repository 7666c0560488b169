/** Time-outs: a proxy that cuts what is silent for a second, and messages that come more seldom than that. */
import { byId, make, setText } from "@holdfast/kit/page";
import { type Form, initialKnobs } from "../../shared/lab.ts";
import { Judge } from "../judge.ts";
import { openReader, type Reader } from "../readers.ts";
import { type Own, onClick, openSession, sleep } from "./session.ts";

/** The proxy's patience is 1 s; real ones have 30 to 60 s. */
const knobs = { ...initialKnobs, rate: 1 / 1.6, size: 0, patience: 1 };
const silent = { ...knobs, rate: 0 };
/** Milliseconds. */
const publishing = 8500;
const longestRest = 8000;
const step = 100;

const rows: readonly (readonly [Form, string])[] = [
	["hold", "Hold without a cursor"],
	["holdfast", "Holdfast"],
];

export function timeoutDemonstration(): void {
	const table = byId("timeout-rows", HTMLElement);
	onClick(byId("timeout-run", HTMLButtonElement), byId("timeout-state", HTMLElement), async (say) => {
		const own = await openSession();
		const readers = rows.map(([form, name]) => follow(own, form, name));
		table.replaceChildren(...readers.map(({ row }) => row));
		try {
			say("A message each 1.6 s, through a proxy that cuts after 1 s of silence …");
			await sleep(300);
			own.set(knobs);
			await drawFor(publishing, readers, () => own.stats?.published ?? 0, false);
			own.set(silent);
			say("Waiting for what is still to come …");
			await sleep(3 * step);
			await drawFor(longestRest, readers, () => own.stats?.published ?? 0, true);
			say("");
		} finally {
			for (const { reader } of readers) reader.close();
			own.close();
		}
	});
}

interface Following {
	readonly row: HTMLElement;
	readonly reader: Reader;
	/** Whether there is nothing left to come. */
	draw(published: number, isOver: boolean): boolean;
}

function follow(own: Own, form: Form, text: string): Following {
	const judge = new Judge();
	// All that is published here counts, so the first is the first.
	judge.begin(1);
	let losses = 0;
	let wasOpen = false;
	const reader = openReader(
		{ url: own.url, column: "long-poll", form, interval: 0 },
		{
			message: ({ n }) => judge.take(n),
			gap: () => judge.gap(),
			open(isOpen) {
				if (wasOpen && !isOpen) losses += 1;
				wasOpen = isOpen;
			},
		},
	);
	const name = make("th", "", text);
	name.scope = "row";
	const cells = ["0", "0", "0", "0"].map((cell) => make("td", "", cell));
	return {
		row: make("tr", "", name, ...cells),
		reader,
		draw(published, isOver) {
			const behind = judge.behind(published);
			const lost = judge.lost + (isOver ? behind : 0);
			for (const [i, value] of [published, losses, judge.received, lost].entries()) {
				if (cells[i]) setText(cells[i], `${value}`);
			}
			cells[3]?.classList.toggle("bad", lost > 0);
			return behind === 0;
		},
	};
}

async function drawFor(ms: number, readers: readonly Following[], published: () => number, endsEarly: boolean): Promise<void> {
	const until = performance.now() + ms;
	while (performance.now() < until) {
		await sleep(step);
		// The naive one may never be done; Holdfast's is what is waited for.
		const done = readers.map(({ draw }) => draw(published(), false));
		if (endsEarly && done.at(-1)) break;
	}
	if (endsEarly) for (const { draw } of readers) draw(published(), true);
}
