import { ask, byId, connect, type Message, make, setText, timeOf } from "@holdfast/kit/page";

interface Talk {
	readonly id: string;
	readonly name: string;
	readonly since: number;
	readonly agent?: { readonly id: string; readonly name: string };
}

interface Me {
	readonly who?: { readonly role: "visitor" | "agent"; readonly id: string };
	readonly talk?: Talk;
}

const log = byId("log", HTMLElement);
const text = byId("text", HTMLTextAreaElement);
const fault = byId("fault", HTMLElement);

const me = await ask<Me>("me");
const isAgent = me.who?.role === "agent";
const connected = connect(me.who ? { user: me.who.id } : {});
let talk: Talk | undefined;
/** The talk that is read. */
let reading: string | undefined;
let leave = () => {};

/** How it stands with the talk, whenever that may have changed. One that is closed can still be read. */
function set(now: Talk | undefined): void {
	if (now?.id !== reading) leave();
	if (now && now.id !== reading) read(now.id);
	const other = isAgent ? now?.name : now?.agent?.name;
	const words = other ? `You talk with ${other}.` : "You wait for an agent, who will read what you write meanwhile.";
	if (now) byId("talk", HTMLElement).hidden = false;
	if (now || talk) setText(byId("with", HTMLElement), now ? words : "This talk is closed.");
	byId("open", HTMLElement).hidden = now === undefined;
	byId("start", HTMLElement).hidden = isAgent || now !== undefined;
	reading = now?.id;
	talk = now;
}

/** From its beginning, after a reload too. That it was closed meanwhile is told by a refusal. */
function read(id: string): void {
	byId("messages", HTMLElement).replaceChildren();
	const onEnd = () => {
		reading = undefined;
		void refresh();
	};
	leave = connected.channel<{ text?: string }>(`support.talk.${id}`).subscribe(show, { after: "first", onEnd });
}

async function refresh(): Promise<void> {
	// Where no answer comes, it is asked again when the connection is back.
	const now = await ask<Me>("me").catch(() => undefined);
	if (now?.who?.id === me.who?.id) set(now?.talk);
	else if (now) location.reload();
}

function show({ data, event, from = "", time }: Message<{ text?: string }>): void {
	if (event === "changed" && !isAgent) void refresh();
	if (typeof data?.text !== "string") return;
	const [role = ""] = from.split(":", 1);
	const isMine = role === me.who?.role;
	const name = make("b", "", isMine ? "You" : from.slice(role.length + 1));
	const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
	byId("messages", HTMLElement).append(make("li", isMine ? "mine" : "", name, timeOf(time), make("p", "", data.text)));
	if (isAtEnd || isMine) log.scrollTop = log.scrollHeight;
}

/** What is written stays in the field until it is stored, however long the connection is away. */
async function say(): Promise<void> {
	const words = text.value.trim();
	if (words === "" || talk === undefined || text.readOnly) return;
	text.readOnly = true;
	setText(fault, "");
	setText(byId("fate", HTMLElement), "Sending …");
	try {
		await connected.channel(`support.talk.${talk.id}`).publish({ text: words });
		text.value = "";
	} catch (error) {
		setText(fault, `Not sent: ${(error as Error).message}`);
	}
	setText(byId("fate", HTMLElement), "");
	text.readOnly = false;
}

/** Whether it was done; else why not stands in the page. */
async function attempt(route: string, body: object): Promise<boolean> {
	setText(fault, "");
	const error = await ask(route, body).catch((error: unknown) => error as Error);
	if (error instanceof Error) setText(fault, error.message);
	return !(error instanceof Error);
}

function waitingRow({ id, name, since }: Talk): HTMLElement {
	const button = Object.assign(make("button", "", "Take"), { type: "button", ariaLabel: `Take ${name}` });
	button.addEventListener("click", () => attempt("take", { talk: id }));
	return make("li", "", make("b", "", name), timeOf(since), button);
}

function onSubmit(id: string, act: (form: FormData) => unknown): void {
	byId(id, HTMLFormElement).addEventListener("submit", (event) => {
		event.preventDefault();
		act(new FormData(byId(id, HTMLFormElement)));
	});
}

// A connection is of one person for all its life: who becomes another begins the page anew.
for (const route of ["join", "sit", "leave"]) {
	onSubmit(route, async (form) => (await attempt(route, Object.fromEntries(form))) && location.reload());
}
onSubmit("close", async () => talk && (await attempt("close", { talk: talk.id })) && refresh());
onSubmit("write", say);
text.addEventListener("keydown", (event) => {
	if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
	event.preventDefault();
	void say();
});
addEventListener("beforeunload", (event) => text.readOnly && event.preventDefault());

byId("desk", HTMLElement).hidden = !isAgent;
connected.onState((state) => state === "open" && !isAgent && talk && void refresh());
connected.channel<number>("support.waiting").subscribe(
	({ data }) => {
		const words = data === 1 ? "1 person is waiting." : `${data || "Nobody"} ${data ? "people are" : "is"} waiting.`;
		for (const place of document.querySelectorAll(".waiting")) setText(place, words);
	},
	{ last: 1 },
);
if (isAgent) {
	connected.channel<readonly Talk[]>("support.line").subscribe(
		({ data }) => {
			byId("line", HTMLElement).replaceChildren(...data.filter(({ agent }) => agent === undefined).map(waitingRow));
			set(data.find(({ agent }) => agent?.id === me.who?.id));
		},
		{ last: 1 },
	);
}
set(me.talk);
