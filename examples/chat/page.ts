import type { HoldfastError } from "@holdfast/client";
import { ask, byId, connect, type Message, make, setText, timeOf } from "@holdfast/kit/page";

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

const me = await ask<{ readonly name: string; readonly guest: boolean }>("me");
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
	const onGap = () => put(messages, make("li", "hint", "Some messages are no longer kept."));
	leave = chat.channel<Said>(`chat.room.${room}`).subscribe(show, { last: 50, onGap });
	left();
	tellUnread(0);
}

function show({ data, from = "", time }: Message<Said>): void {
	if (typeof data?.text !== "string") return;
	const nonce = String(data.nonce);
	unseen.get(nonce)?.row.remove();
	unseen.delete(nonce);
	put(messages, rowOf(from, time, data.text));
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
	own.append(row);
	log.scrollTop = log.scrollHeight;
}

function rowOf(from: string, time: number, words: string, ...fate: HTMLElement[]): HTMLElement {
	return make("li", from === me.name ? "mine" : "", make("b", "", from), timeOf(time), make("p", "", words), ...fate);
}

/** Whoever reads further up is left there. */
function put(list: HTMLElement, row: HTMLElement): void {
	const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
	list.append(row);
	if (isAtEnd) log.scrollTop = log.scrollHeight;
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

text.addEventListener("keydown", (event) => {
	if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
	event.preventDefault();
	byId("write", HTMLFormElement).requestSubmit();
});
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
for (const route of ["sign-in", "sign-out"]) {
	byId(route, HTMLFormElement).addEventListener("submit", async (event) => {
		event.preventDefault();
		try {
			await ask(route, route === "sign-in" ? { name: byId("name", HTMLInputElement).value } : {});
			// A connection is of one user for all its life: the page begins anew.
			location.reload();
		} catch (error) {
			setText(byId("fault", HTMLElement), (error as Error).message);
		}
	});
}

addEventListener("beforeunload", (event) => {
	if ([...unseen.values()].some(({ isStored }) => !isStored)) event.preventDefault();
});
addEventListener("hashchange", enter);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tellUnread(0));
enter();
