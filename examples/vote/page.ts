import { ask, askUntilAnswered, byId, connect, make, reasonOf, setText } from "@holdfast/kit/page";

interface Totals {
	/** One number for each choice. */
	readonly votes: readonly number[];
	readonly open: boolean;
}

const list = byId("choices", HTMLElement);
const fault = byId("fault", HTMLElement);

// The cookie comes with this answer; who has it has voted or may vote.
const { voter, choices, choice } = await askUntilAnswered<{ voter: string; choices: string[]; choice: number | null }>(
	"session",
	{},
);

const rows = choices.map((name, i) => {
	const input = Object.assign(make("input"), { type: "radio", name: "choice", value: String(i) });
	const bar = make("span", "bar");
	const votes = make("span", "votes", "0 votes");
	input.addEventListener("change", () => void cast(i));
	list.append(make("label", "choice", input, make("span", "name", name), votes, make("span", "track", bar)));
	return { input, bar, votes };
});
/** What the server has for this voter. */
let mine = choice;
mark();

async function cast(i: number): Promise<void> {
	try {
		mine = (await ask<{ choice: number }>("ballots", { choice: i })).choice;
		setText(fault, "");
	} catch (error) {
		setText(fault, reasonOf(error));
	}
	mark();
}

function mark(): void {
	for (const [i, { input }] of rows.entries()) input.checked = i === mine;
	setText(
		byId("mine", HTMLElement),
		mine === null ? "You have not voted yet." : `You voted for ${choices[mine]}. You may change it.`,
	);
}

// The newest totals hold all that came before, so nothing older is asked for.
connect({ user: voter })
	.channel<Totals>("vote.totals")
	.subscribe(({ data }) => draw(data), { last: 1 });

function draw({ votes, open }: Totals): void {
	const all = votes.reduce((sum, some) => sum + some, 0);
	for (const [i, row] of rows.entries()) {
		const some = votes[i] ?? 0;
		const share = all === 0 ? 0 : Math.round((100 * some) / all);
		setText(row.votes, `${some} ${some === 1 ? "vote" : "votes"}, ${share} %`);
		row.bar.style.width = `${share}%`;
	}
	const sum = `${all} ${all === 1 ? "person has" : "people have"} voted.`;
	setText(byId("all", HTMLElement), open ? sum : `${sum} The poll is closed.`);
}
