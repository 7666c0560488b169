import { byId, connect, make, reasonOf, setText } from "@holdfast/kit/page";

const channel = `echo.${hex(crypto.getRandomValues(new Uint8Array(16)))}`;
/** Of what is sent, as the server limits it. */
const mostBytes = 4096;
const mostRows = 100;

// The client: comes back by itself, over any transport.
const echo = connect().channel<unknown>(channel);
const clientLog = byId("client-log", HTMLElement);
echo.subscribe(({ data }) => log(clientLog, "message", inWords(data)), { after: "first" });

// The browser's own WebSocket: a URL, and four events.
const socketLog = byId("socket-log", HTMLElement);
const toggle = byId("toggle", HTMLButtonElement);
let socket: WebSocket | undefined;
/** After the last message that came, so that a socket that is opened again goes on there. */
let cursor = "first";
let again: ReturnType<typeof setTimeout> | undefined;

function openSocket(): void {
	clearTimeout(again);
	const url = new URL(`v1/channels/${channel}/messages?after=${cursor}`, document.baseURI);
	url.protocol = url.protocol.replace("http", "ws");
	const mine = new WebSocket(url);
	socket = mine;
	showState("Opening");
	mine.onopen = () => {
		log(socketLog, "open", "The server has accepted.");
		showState("Open");
	};
	mine.onmessage = (event) => {
		const frame = JSON.parse(event.data);
		// Control frames have `op`, messages have not.
		if (frame.op === undefined) cursor = frame.id;
		log(socketLog, "message", frame.op ? event.data : inWords(frame.encoding === "base64" ? bytesOf(frame.data) : frame.data));
	};
	// A browser does not say what went wrong: a page could learn about networks that it cannot see.
	mine.onerror = () => log(socketLog, "error", "It failed; the browser does not say why.");
	mine.onclose = ({ code, reason, wasClean }) => {
		log(socketLog, "close", `${code}: ${closings[code] ?? (wasClean ? "closed" : "cut off")}${reason && ` (${reason})`}`);
		if (socket !== mine) return;
		// Codes from 4500 on say: do not come back.
		if (code >= 4500) closeSocket();
		else {
			showState("Closed; opens again soon");
			again = setTimeout(openSocket, 1000 + 1000 * Math.random());
		}
	};
}

function closeSocket(): void {
	clearTimeout(again);
	const old = socket;
	socket = undefined;
	old?.close(1000, "by the page");
	showState("Closed");
}

const closings: Readonly<Record<number, string>> = {
	1000: "closed as wished",
	1001: "the other side goes away",
	1005: "closed without a code",
	1006: "cut off, or refused",
	1009: "a message was too large",
	1013: "the server cannot, for now",
	4001: "the server is going away",
	4008: "this page read too slowly",
	4029: "this page sent too fast",
	4501: "the server did not understand",
	4503: "the server does not allow it",
	4513: "a message was too large",
};

function showState(state: string): void {
	setText(byId("socket-state", HTMLElement), state);
	setText(toggle, socket === undefined ? "Open" : "Close");
}

toggle.addEventListener("click", () => (socket === undefined ? openSocket() : closeSocket()));
openSocket();

const form = byId("form", HTMLFormElement);
const input = byId("input", HTMLInputElement);
const examples = { text: "hello", json: '{"to": "you", "of": [1, 2, 3]}', bytes: "68 65 6c 6c 6f" };
const kind = () => new FormData(form).get("kind") as keyof typeof examples;

form.addEventListener("change", ({ target }) => {
	if (target === input) return;
	input.value = examples[kind()];
	tell("");
});

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	tell("");
	try {
		const data = read();
		// As JSON also where it is text, or the text 42 would come back as a number.
		const sent = data instanceof Uint8Array ? data : JSON.stringify(data);
		if (new Blob([sent]).size > mostBytes) throw new Error(`At most ${mostBytes} bytes; shorten it.`);
		if (socket?.readyState === WebSocket.OPEN) socket.send(sent);
		else await echo.publish(data);
	} catch (error) {
		tell(reasonOf(error));
	}
});

type Sent = Uint8Array<ArrayBuffer> | string | object | number | boolean | null;

/** What the form says. @throws Error in words for the field. */
function read(): Sent {
	const text = input.value;
	if (kind() === "text") return text;
	if (kind() === "bytes") {
		const digits = text.replaceAll(/\s/g, "");
		if (!/^([0-9a-f]{2})+$/i.test(digits)) throw new Error("Bytes are pairs of the digits 0–9 and a–f, such as 68 65.");
		return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Error(`That is no JSON: ${(error as Error).message}`);
	}
}

function tell(wrong: string): void {
	setText(byId("wrong", HTMLElement), wrong);
	if (wrong === "") input.removeAttribute("aria-invalid");
	else input.setAttribute("aria-invalid", "true");
}

function inWords(data: unknown): string {
	if (data instanceof Uint8Array) return `${data.length} bytes: ${hex(data, " ")}`;
	return typeof data === "string" ? `text: ${data}` : `JSON: ${JSON.stringify(data)}`;
}

function hex(bytes: Uint8Array, between = ""): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(between);
}

function bytesOf(base64: string): Uint8Array {
	return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** Newest first. */
function log(list: HTMLElement, event: string, text: string): void {
	list.prepend(make("li", "", make("b", event, event), " ", make("span", "", text)));
	if (list.childElementCount > mostRows) list.lastElementChild?.remove();
}
