import { ask, byId, connect, reasonOf, setText } from "@holdfast/kit/page";
import { renderSVG } from "uqr";

interface Code {
	readonly secret: string;
	readonly browser: string;
	readonly wait: string;
	/** Milliseconds. */
	readonly left: number;
}

const image = byId("code", HTMLImageElement);
const link = byId("link", HTMLAnchorElement);
const out = byId("out", HTMLButtonElement);
const fault = byId("fault", HTMLElement);

let holdfast: ReturnType<typeof connect> | undefined;
let unsubscribe = () => {};
/** When the code is too old, by the clock of this page. */
let until = 0;
/** Set from when the phone has confirmed until this browser is signed in. */
let confirmed = false;

function show(part: "waiting" | "asked" | "done"): void {
	for (const id of ["waiting", "asked", "done"]) byId(id, HTMLElement).hidden = id !== part;
}

function attempt(run: () => Promise<void>): void {
	setText(fault, "");
	run().catch((error: unknown) => setText(fault, reasonOf(error)));
}

// Where the link was scanned, the secret stands behind the #, which is sent to no server. Here it leaves the address at once,
// so that it is in no history and in no address that is passed on.
const scanned = location.hash.slice(1);
if (scanned !== "") history.replaceState(null, "", location.pathname + location.search);
attempt(scanned === "" ? start : () => look(scanned));

async function start(): Promise<void> {
	const { name } = await ask<{ name: string | null }>("me");
	if (name === null) await showCode();
	else done(name);
}

async function showCode(): Promise<void> {
	const { secret, browser, wait, left } = await ask<Code>("codes", {});
	link.href = `${location.origin}${location.pathname}#${secret}`;
	image.src = `data:image/svg+xml,${encodeURIComponent(renderSVG(link.href, { border: 2 }))}`;
	until = Date.now() + left;
	count();
	show("waiting");
	holdfast ??= listen(browser);
	unsubscribe();
	const onConfirmed = () => {
		confirmed = true;
		attempt(claim);
	};
	// The channel of a code that is too old is no longer ours to read, which the countdown has said already.
	unsubscribe = holdfast.channel(`scan-login.wait.${wait}`).subscribe(onConfirmed, { after: "first", onEnd: () => {} });
}

/** Once: the cookie that says who this browser is stays the same for all its codes. */
function listen(user: string): ReturnType<typeof connect> {
	setInterval(count, 250);
	const connected = connect({ user });
	connected.onState((state) => state === "open" && confirmed && attempt(claim));
	return connected;
}

async function claim(): Promise<void> {
	const { name } = await ask<{ name: string }>("claim", {});
	confirmed = false;
	done(name);
}

function count(): void {
	const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
	image.classList.toggle("old", left === 0);
	setText(byId("left", HTMLElement), left === 0 ? "" : `Good for ${left} s`);
	setText(byId("old", HTMLElement), left === 0 ? "This code is too old." : "");
}

function done(name: string, where = ""): void {
	setText(byId("name", HTMLElement), name);
	setText(byId("where", HTMLElement), where);
	out.hidden = where !== "";
	show("done");
}

async function look(secret: string): Promise<void> {
	const { device } = await ask<{ device: string }>("look", { secret });
	setText(byId("device", HTMLElement), device);
	show("asked");
	byId("confirm", HTMLFormElement).addEventListener("submit", (event) => {
		event.preventDefault();
		const name = byId("who", HTMLInputElement).value;
		attempt(() => ask("confirm", { secret, name }).then(() => done(name, `on ${device}. You may close this page.`)));
	});
}

byId("renew", HTMLButtonElement).addEventListener("click", () => attempt(showCode));
out.addEventListener("click", () => attempt(() => ask("sign-out", {}).then(showCode)));
