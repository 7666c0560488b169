import type { HoldfastError } from "@holdfast/client";
import {
	appendRow,
	askUntilAnswered,
	byId,
	changesUser,
	connect,
	type Message,
	make,
	sendByEnter,
	setText,
	timeOf,
} from "@holdfast/kit/page";

/** What a message holds. Its name and time are the server's. */
interface Said {
	readonly text: string;
	/** Tells the page that wrote it which of its rows this is. */
	readonly nonce?: string;
}

/** Written here, and not seen as a message yet. */
interface Unseen {
	readonly room: string;
	readonly row: HTMLElement;
	isStored: boolean;
}

/** Rows that a page keeps; the server keeps more. */
const most = 500;

const log = byId("log", HTMLElement);
const messages = byId("messages", HTMLElement);
const own = byId("own", HTMLElement);
const text = byId("text", HTMLTextAreaElement);

const me = await askUntilAnswered<{ readonly name: string; readonly guest: boolean }>("me");
const chat = connect({ user: me.name });
const unseen = new Map<string, Unseen>();
let room = "";
let unread = 0;
let leave = () => {};

function enter(): void {
	room = /^#([a-z0-9-]{1,32})$/.exec(location.hash.toLowerCase())?.[1] ?? "lobby";
	setText(byId("room", HTMLElement), room);
	for (const link of document.querySelectorAll<HTMLAnchorElement>("nav a")) {
		link.ariaCurrent = link.hash === `#${room}` ? "page" : null;
	}
	// What is stored comes with the last fifty, if one comes back.
	for (const [nonce, { isStored }] of unseen) if (isStored) unseen.delete(nonce);
	messages.replaceChildren();
	own.replaceChildren(...[...unseen.values()].filter((it) => it.room === room).map(({ row }) => row));
	const left = leave;
	const onGap = () => appendRow(log, messages, make("li", "hint", "Some messages are no longer kept."));
	leave = chat.channel<Said>(`chat.room.${room}`).subscribe(show, { last: 50, onGap });
	left();
	tellUnread(0);
}

function show({ data, from = "", time }: Message<Said>): void {
	if (typeof data?.text !== "string") return;
	const nonce = String(data.nonce);
	unseen.get(nonce)?.row.remove();
	unseen.delete(nonce);
	appendRow(log, messages, rowOf(from, time, data.text));
	if (messages.childElementCount > most) messages.firstElementChild?.remove();
	if (document.visibilityState === "hidden" && from !== me.name) tellUnread(unread + 1);
}

function say(words: string): void {
	const channel = chat.channel<Said>(`chat.room.${room}`);
	const nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
	const fate = make("span", "hint");
	const again = Object.assign(make("button", "", "Send again"), { type: "button" });
	const row = rowOf(me.name, Date.now(), words, fate, again);
	const mine = { room, row, isStored: false };
	const send = async () => {
		again.hidden = true;
		fate.className = "hint";
		setText(fate, "sending …");
		try {
			// The key, too, is the same when it is sent again: it is stored once.
			await channel.publish({ text: words, nonce }, { idempotencyKey: nonce });
			mine.isStored = true;
			setText(fate, "sent");
		} catch (error) {
			const { code, message } = error as HoldfastError;
			fate.className = "fault";
			const why = code === "unauthorized" ? "Your name has been forgotten. Reload this page." : message;
			setText(fate, code === "timed_out" ? "No answer came." : `Not sent: ${why}`);
			fate.scrollIntoView({ block: "nearest" });
			again.hidden = false;
		}
	};
	again.addEventListener("click", send);
	unseen.set(nonce, mine);
	void send();
	appendRow(log, own, row, true);
}

function rowOf(from: string, time: number, words: string, ...fate: HTMLElement[]): HTMLElement {
	return make("li", from === me.name ? "mine" : "", make("b", "", from), timeOf(time), make("p", "", words), ...fate);
}

function tellUnread(count: number): void {
	unread = count;
	document.title = `${unread > 0 ? `(${unread}) ` : ""}${room} · Chat · Holdfast`;
}

/** When the server wants to be asked again, where it said so. */
let backAt = 0;
const count = () => {
	const seconds = Math.ceil((backAt - performance.now()) / 1000);
	setText(byId("back", HTMLElement), seconds > 0 ? `Back in ${seconds} s.` : "");
};
setInterval(count, 1000);
chat.onState((state, reason) => {
	const fate = byId("fate", HTMLElement);
	if (state === "open") setText(fate, "");
	if (state === "waiting") setText(fate, "What you write is sent when the connection is back.");
	backAt = state === "waiting" && reason?.retryAfter ? performance.now() + reason.retryAfter : 0;
	count();
});

sendByEnter(text);
byId("write", HTMLFormElement).addEventListener("submit", (event) => {
	event.preventDefault();
	if (text.value.trim() !== "") say(text.value.trim());
	text.value = "";
	text.focus();
});
byId("other", HTMLFormElement).addEventListener("submit", (event) => {
	event.preventDefault();
	location.hash = byId("other-room", HTMLInputElement).value;
});

setText(byId("me", HTMLElement), me.name);
byId("sign-in", HTMLFormElement).hidden = !me.guest;
byId("sign-out", HTMLFormElement).hidden = me.guest;
for (const id of ["sign-in", "sign-out"]) changesUser(byId(id, HTMLFormElement), byId("fault", HTMLElement));

addEventListener("beforeunload", (event) => {
	if ([...unseen.values()].some(({ isStored }) => !isStored)) event.preventDefault();
});
addEventListener("hashchange", enter);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tellUnread(0));
enter();
