import { ask, askUntilAnswered, byId, connect, make, Refused, reasonOf, setText } from "@holdfast/kit/page";

interface Cart {
	readonly pieces: number;
	readonly until: number;
}

const row = byId("pieces", HTMLElement);
const add = byId("add", HTMLButtonElement);
const remove = byId("remove", HTMLButtonElement);
const keep = byId("keep", HTMLButtonElement);
const fault = byId("fault", HTMLElement);
row.append(...Array.from({ length: 10 }, () => make("span")));

let stock: number | undefined;
let cart: Cart = { pieces: 0, until: 0 };
/** What was asked for and has no answer yet. */
let pending: { readonly action: "add" | "remove"; readonly request: string } | undefined;

// The cookie comes with this answer, and the own cart can be read with it alone.
const { visitor, now } = await askUntilAnswered<{ visitor: string; now: number }>("session", {});
/** By how much the server's clock is ahead of this one. */
const ahead = now - Date.now();

const holdfast = connect({ user: visitor });
holdfast.channel<number>("cart.stock").subscribe(
	({ data }) => {
		stock = data;
		draw();
	},
	{ last: 1 },
);
holdfast.channel<Cart>(`cart.of.${visitor}`).subscribe(
	({ data }) => {
		cart = data;
		draw();
	},
	{ last: 1 },
);
// What had no answer is asked again by the same name, so it counts once: with the connection, or after a while.
let again: ReturnType<typeof setTimeout>;
holdfast.onState((state) => state === "open" && pending !== undefined && void move());
setInterval(draw, 1000);

add.addEventListener("click", () => begin("add"));
remove.addEventListener("click", () => begin("remove"));
keep.addEventListener("click", () => void ask("session", {}).then(() => setText(fault, ""), told));

function begin(action: "add" | "remove"): void {
	if (pending !== undefined) return;
	pending = { action, request: Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-") };
	void move();
}

async function move(): Promise<void> {
	clearTimeout(again);
	try {
		await ask("items", pending);
		setText(fault, "");
		pending = undefined;
	} catch (error) {
		told(error);
		// Whether it was done nobody knows where no answer came.
		if (error instanceof Refused && error.status > 0 && error.status < 500) pending = undefined;
		else again = setTimeout(move, 3000);
	}
	draw();
}

function told(error: unknown): void {
	setText(fault, reasonOf(error));
}

function draw(): void {
	if (stock === undefined) return;
	setText(byId("stock", HTMLElement), `${stock} of ${row.childElementCount} in stock`);
	setText(byId("mine", HTMLElement), `${cart.pieces} in your cart`);
	for (const [i, piece] of [...row.children].entries()) {
		piece.className = i < cart.pieces ? "mine" : i < row.childElementCount - stock ? "taken" : "free";
	}
	// Not `disabled`, which would take the focus away from whoever has just pressed it.
	add.ariaDisabled = String(stock === 0);
	remove.ariaDisabled = keep.ariaDisabled = String(cart.pieces === 0);
	const left = Math.max(0, Math.round((cart.until - ahead - Date.now()) / 1000));
	const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
	setText(byId("left", HTMLElement), cart.pieces > 0 ? `Kept for you for ${clock}` : "Nothing is kept for you");
}
