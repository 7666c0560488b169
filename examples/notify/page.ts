import {
	ask,
	askUntilAnswered,
	byId,
	changesUser,
	connect,
	type Message,
	make,
	onSubmit,
	setText,
	timeOf,
} from "@holdfast/kit/page";

interface Question {
	readonly text: string;
}

/** An answer to a question of this user, or word from one of their pages that all up to one has been read. */
interface Notice {
	readonly question?: string;
	readonly text?: string;
	readonly upTo?: string;
}

/** Rows that a page keeps; the server keeps more. */
const most = 100;

const notices = byId("notices", HTMLElement);
const questions = byId("questions", HTMLElement);
const form = (id: string) => byId(id, HTMLFormElement);
/** Ids of the notices that are shown, oldest first. */
const ids: string[] = [];
let unread = 0;
let newestBy = "";

const me = await askUntilAnswered<{ readonly name?: string; readonly channel?: string }>("me");
const connected = connect(me.name === undefined ? {} : { user: me.name });
connected.channel<Question>("notify.questions").subscribe(showQuestion, { last: most });
// The channel remembers what came while no page of this user was open, and what has been read.
if (me.channel !== undefined) connected.channel<Notice>(me.channel).subscribe(showNotice, { last: 2 * most });

function showNotice({ id, event, data, from = "", time }: Message<Notice>): void {
	if (event === "read") unread = Math.min(unread, ids.length - 1 - ids.indexOf(String(data.upTo)));
	if (event === "answer") {
		const words = [make("b", "", from), " answered ", make("q", "", data.question ?? ""), timeOf(time)];
		notices.prepend(make("li", "", make("p", "", make("span", "new", "new"), ...words), make("p", "text", data.text ?? "")));
		newestBy = from;
		unread += 1;
		if (ids.push(id) > most) {
			ids.shift();
			notices.lastElementChild?.remove();
			unread = Math.min(unread, most);
		}
	}
	for (const [i, row] of [...notices.children].entries()) row.classList.toggle("unread", i < unread);
	setText(byId("count", HTMLElement), unread > 0 ? String(unread) : "");
	const answers = unread === 1 ? "1 new answer, by" : `${unread} new answers, the newest by`;
	setText(byId("word", HTMLElement), unread > 0 ? `${answers} ${newestBy}.` : "No new answers.");
	form("read")
		.querySelector("button")
		?.setAttribute("aria-disabled", String(unread === 0));
	document.title = `${unread > 0 ? `(${unread}) ` : ""}Notify · Holdfast`;
}

function showQuestion({ id, data, from = "", time }: Message<Question>): void {
	const row = make("li", "", make("p", "", make("b", "", from), " asks", timeOf(time)), make("p", "text", data.text));
	if (me.name !== undefined && from !== me.name) row.append(answerForm(id, from));
	questions.prepend(row);
	if (questions.childElementCount > most) questions.lastElementChild?.remove();
}

function answerForm(question: string, asker: string): HTMLFormElement {
	const input = Object.assign(make("input"), {
		name: "text",
		required: true,
		maxLength: 1000,
		autocomplete: "off",
		placeholder: `Answer ${asker}`,
	});
	input.ariaLabel = `Answer to ${asker}`;
	const answer = make("form", "joined", input, Object.assign(make("button", "", "Answer"), { type: "submit" }));
	onSubmit(answer, outcomeOf(answer), async (fields) => {
		await ask("answer", { question, ...fields });
		answer.reset();
		return `Sent to ${asker}.`;
	});
	return answer;
}

/** Where it stands under the form what came of it. */
function outcomeOf(of: HTMLFormElement): HTMLElement {
	const outcome = Object.assign(make("p", "outcome"), { role: "status" });
	of.append(outcome);
	return outcome;
}

setText(byId("me", HTMLElement), me.name ?? "nobody yet");
form("sign-in").hidden = me.name !== undefined;
for (const id of ["sign-out", "yours", "ask"]) byId(id, HTMLElement).hidden = me.name === undefined;
for (const id of ["sign-in", "sign-out"]) changesUser(form(id), outcomeOf(form(id)));
onSubmit(form("ask"), outcomeOf(form("ask")), async (fields) => {
	await ask("ask", fields);
	form("ask").reset();
	return "Asked. The answer comes to you, wherever you are signed in.";
});
onSubmit(form("read"), outcomeOf(form("read")), async () => {
	const newest = ids.at(-1);
	if (newest !== undefined && unread > 0) await ask("read", { upTo: newest });
});
