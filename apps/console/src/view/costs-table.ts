/** What each transport has cost, side by side. */

import { byId, make, setText } from "../../../look/dom.ts";
import type { Account, Costs } from "../costs.ts";
import { transports } from "../settings.ts";
import { oncePerFrame } from "./once-per-frame.ts";

const accounts: Readonly<Record<Account, string>> = { ...transports, publish: "Publishing" };

export class CostsTable {
	readonly #costs: () => Costs;
	readonly #cells = new Map<Account, HTMLTableCellElement[]>();
	readonly draw = oncePerFrame(() => this.#drawNow());

	constructor(costs: () => Costs) {
		this.#costs = costs;
		const body = byId("costs", HTMLTableSectionElement);
		for (const [account, title] of Object.entries(accounts) as [Account, string][]) {
			const head = make("th", "", title);
			head.scope = "row";
			const cells = Array.from({ length: 5 }, () => make("td"));
			this.#cells.set(account, cells);
			body.append(make("tr", "", head, ...cells));
		}
	}

	#drawNow(): void {
		const costs = this.#costs();
		for (const [account, cells] of this.#cells) {
			const { requests, up, down, messages, latency } = costs[account];
			const delay = latency === undefined ? "–" : `${Math.round(latency).toLocaleString("en")} ms`;
			const texts = [requests.toLocaleString("en"), bytes(up), bytes(down), messages.toLocaleString("en"), delay];
			for (const [i, cell] of cells.entries()) setText(cell, texts[i] ?? "");
		}
	}
}

/** In at most three digits and a unit, so that columns keep their width. */
export function bytes(n: number): string {
	if (n < 1000) return `${n} B`;
	if (n < 999_500) return `${(n / 1000).toPrecision(3)} kB`;
	return `${(n / 1_000_000).toPrecision(3)} MB`;
}
