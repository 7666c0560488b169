/** The browser's six connections: eight streams of one page, each by itself, and as channels of one client. */
import { connect } from "@holdfast/client/core";
import { sse } from "@holdfast/client/sse";
import { byId, make } from "@holdfast/kit/page";
import { channel, many } from "../../shared/lab.ts";
import { ms } from "../card.ts";
import { type Own, onClick, openSession, sleep, until } from "./session.ts";

/** Milliseconds that something is given to open, or to answer. */
const patience = 2000;
/** Milliseconds that the page waits, of a machine that is busy, for what the server is to know. */
const longest = 5 * patience;

interface Result {
	/** Streams that were open. */
	readonly open: number;
	/** Connections that the server counted. */
	readonly connections: number;
	/** Milliseconds of a request beside them; undefined where it had no answer in time. */
	readonly ordinary: number | undefined;
}

export function sixDemonstration(): void {
	const table = byId("six-rows", HTMLElement);
	onClick(byId("six-open", HTMLButtonElement), byId("six-state", HTMLElement), async (say) => {
		table.replaceChildren();
		const own = await openSession();
		try {
			say("Opening eight streams …");
			table.append(rowOf(`${many} EventSources`, await separately(own)));
			say("Opening eight channels …");
			table.append(rowOf(`${many} channels, one client`, await together(own)));
			say("");
		} finally {
			own.close();
		}
	});
}

async function separately(own: Own): Promise<Result> {
	const sources = Array.from({ length: many }, () => new EventSource(`${own.url}sse/hold/`));
	await sleep(patience / 2);
	const result = await resultOf(own, () => sources.filter(({ readyState }) => readyState === EventSource.OPEN).length);
	for (const source of sources) source.close();
	// Theirs are not to be counted with what follows.
	await until(() => connectionsOf(own) === 0, longest);
	return result;
}

async function together(own: Own): Promise<Result> {
	const client = connect(`${own.url}sse/holdfast`, { transport: sse });
	const heard = new Set<string>();
	const begun: Promise<void>[] = [];
	for (let i = 1; i <= many; i++) {
		const one = client.channel(`${channel}.${i}`);
		const subscribed = new Promise<void>((onBegin) => {
			one.subscribe((message) => heard.add(message.channel), { onBegin: () => onBegin() });
		});
		begun.push(subscribed);
	}
	await Promise.race([Promise.all(begun), sleep(longest)]);
	own.tellMany();
	await sleep(patience / 2);
	const result = await resultOf(own, () => heard.size);
	client.close();
	return result;
}

async function resultOf(own: Own, open: () => number): Promise<Result> {
	const began = performance.now();
	const answered = await fetch("ordinary", { signal: AbortSignal.timeout(patience) }).catch(() => undefined);
	const ordinary = answered && performance.now() - began;
	// What was on its way is of before.
	const { told } = own;
	await until(() => own.told >= told + 2, longest);
	return { open: open(), connections: connectionsOf(own), ordinary };
}

function connectionsOf(own: Own): number {
	return own.stats?.columns.sse.open ?? 0;
}

function rowOf(text: string, { open, connections, ordinary }: Result): HTMLElement {
	const name = make("th", "", text);
	name.scope = "row";
	const time = ordinary === undefined ? `no answer in ${patience / 1000} s` : ms(ordinary);
	const cells = [`${open} of ${many}`, `${connections}`, time].map((cell) => make("td", "", cell));
	return make("tr", "", name, ...cells);
}
