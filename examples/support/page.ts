import {
	appendRow,
	ask,
	askUntilAnswered,
	byId,
	changesUser,
	connect,
	keepRows,
	type Message,
	make,
	onSubmit,
	sendByEnter,
	setText,
	timeOf,
} from "@holdfast/kit/page";
import type { Person, Talk } from "./server.ts";

const text = byId("text", HTMLTextAreaElement);
const fault = byId("fault", HTMLElement);

const me = await askUntilAnswered<{ readonly who: Person | null; readonly talk?: Talk }>("me");
const isAgent = me.who?.role === "agent";
const connected = connect(me.who ? { user: me.who.id } : {});
/** The id of its visitor. */
let talk: string | undefined;
let leave = () => {};

/** From its beginning, after a reload too. That it was closed while this page was away is told by a refusal. */
function enter({ visitor }: Talk): void {
	if (visitor.id === talk) return;
	leave();
	talk = visitor.id;
	byId("messages", HTMLElement).replaceChildren();
	leave = connected.channel<{ text?: string }>(`support.talk.${talk}`).subscribe(show, { after: "first", onEnd: end });
	byId("talk", HTMLElement).hidden = false;
	stand(isAgent ? `You talk with ${visitor.name}.` : "You wait for an agent, who will read what you write meanwhile.");
}

/** What was said can still be read. */
function end(): void {
	leave();
	talk = undefined;
	stand("This talk is closed.");
}

function stand(words: string): void {
	setText(byId("with", HTMLElement), words);
	byId("open", HTMLElement).hidden = talk === undefined;
	byId("start", HTMLElement).hidden = isAgent || talk !== undefined;
}

function show({ data, event, from = "", time }: Message<{ text?: string }>): void {
	if (event === "closed") end();
	const [, role, name = ""] = /^(agent|visitor):(.*)$/.exec(from) ?? [];
	if (role === "agent" && !isAgent) stand(`You talk with ${name}.`);
	if (typeof data?.text !== "string") return;
	const isMine = role === me.who?.role;
	const row = make("li", isMine ? "mine" : "", make("b", "", isMine ? "You" : name), timeOf(time), make("p", "", data.text));
	appendRow(byId("log", HTMLElement), byId("messages", HTMLElement), row, isMine);
}

function drawLine(talks: readonly Talk[]): void {
	const waiting = talks.filter(({ agent }) => agent === undefined);
	setText(byId("waiting", HTMLElement), `${waiting.length || "Nobody"} waiting.`);
	keepRows(byId("line", HTMLElement), waiting, ({ visitor }) => visitor.id, waitingRow);
	const mine = talks.find(({ agent }) => agent?.id === me.who?.id);
	if (mine) enter(mine);
	else end();
}

function waitingRow({ visitor, since }: Talk): HTMLElement {
	const take = make("form", "", Object.assign(make("button", "", "Take"), { ariaLabel: `Take ${visitor.name}` }));
	onSubmit(take, fault, () => ask("take", { talk: visitor.id }));
	return make("li", "", make("b", "", visitor.name), timeOf(since), take);
}

for (const id of ["join", "sit", "leave"]) changesUser(byId(id, HTMLFormElement), fault);
onSubmit(byId("close", HTMLFormElement), fault, () => ask("close", { talk }));
// What is written stays in the field until it is stored, however long the connection is away.
onSubmit(byId("write", HTMLFormElement), fault, async () => {
	const words = text.value.trim();
	if (words === "" || talk === undefined) return;
	text.readOnly = true;
	setText(byId("fate", HTMLElement), "Sending …");
	try {
		await connected.channel(`support.talk.${talk}`).publish({ text: words });
		text.value = "";
	} finally {
		setText(byId("fate", HTMLElement), "");
		text.readOnly = false;
	}
});
sendByEnter(text);
addEventListener("beforeunload", (event) => text.readOnly && event.preventDefault());

byId("desk", HTMLElement).hidden = !isAgent;
if (isAgent) connected.channel<readonly Talk[]>("support.line").subscribe(({ data }) => drawLine(data), { last: 1 });
if (me.talk) enter(me.talk);
else end();
