/** Cart: ten pieces, and many who want them. One value holds all carts, and changes to it come one after another. */
import { randomBytes } from "node:crypto";
import { alone, body, type Example, kept, problem, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

/** All there are. What is in stock is what is in no cart, so the two cannot come apart. */
const pieces = 10;

interface Cart {
	readonly visitor: string;
	readonly pieces: number;
	/** When it goes back to the stock, in milliseconds since 1970. */
	readonly until: number;
	/** Names of the newest changes, so that one which comes again counts once. */
	readonly done: readonly string[];
}

/** The one that was used last stands last. */
type Carts = readonly Cart[];

/** The state is one message, so it is bounded: empty carts stay only for their `done`, and no more than these. */
const maxCarts = 50;
const maxDone = 8;

const inStock = (carts: Carts) => carts.reduce((left, cart) => left - cart.pieces, pieces);

interface Move {
	readonly action: "add" | "remove";
	readonly request: string;
}

const move = body({ action: { enum: ["add", "remove"] }, request: { type: "string", minLength: 8, maxLength: 40 } });

/** `abandonedAfter`: milliseconds without a sign of its visitor until a cart goes back to the stock. */
export function cartFor({ abandonedAfter }: { readonly abandonedAfter: number }): Example {
	return async (app, { log, drainTime }) => {
		const visitors = session(app, "visitor");
		const holdfast = createHoldfast({
			log,
			drainTime,
			prefix: app.prefix,
			authorize(request, channel, action) {
				const visitor = visitors.of(request);
				const own = visitor !== undefined && channel === `cart.of.${visitor}`;
				return action === "read" && (channel === "cart.stock" || own);
			},
		});
		await site(app, import.meta.url, holdfast);
		const state = await kept<Carts>(log, holdfast, "cart.state", []);

		let told: Carts | undefined;
		const change = async (next: (carts: Carts) => Carts) => {
			await state.change(next);
			await tell();
		};
		/** Told is what has changed since it was last told; what fails, or was cut short by a crash, is told the next time. */
		const tell = async () => {
			const carts = state.value;
			if (carts === told) return;
			const news = carts.filter((cart) => !told?.includes(cart));
			await Promise.all([
				holdfast.publish("cart.stock", inStock(carts)),
				...news.map(({ visitor, pieces, until }) => holdfast.publish(`cart.of.${visitor}`, { pieces, until })),
			]);
			told = carts;
		};
		await tell();

		const timer = setInterval(() => void change(emptyAbandoned).catch(() => undefined), 1000);
		app.addHook("onClose", async () => clearInterval(timer));

		app.post("/session", async (request, reply) => {
			const visitor = visitors.of(request) ?? randomBytes(16).toString("base64url");
			visitors.set(reply, visitor);
			await change((carts) => keptOn(carts, visitor, Date.now() + abandonedAfter));
			return { visitor, now: Date.now() };
		});

		app.post<{ Body: Move }>("/items", move, async (request) => {
			const visitor = visitors.of(request);
			if (visitor === undefined) throw problem(400, "You have no cart yet. Open the page first.");
			await change((carts) => moved(carts, visitor, request.body, Date.now() + abandonedAfter));
			return {};
		});
	};
}

function moved(carts: Carts, visitor: string, { action, request }: Move, until: number): Carts {
	const own = carts.find((cart) => cart.visitor === visitor) ?? { visitor, pieces: 0, until, done: [] };
	if (own.done.includes(request)) return carts;
	if (action === "add" && inStock(carts) === 0) throw problem(409, "All pieces are in carts. Wait until one comes back.");
	if (action === "remove" && own.pieces === 0) throw problem(409, "Your cart is empty already.");
	const pieces = own.pieces + (action === "add" ? 1 : -1);
	const all = [
		...carts.filter((cart) => cart !== own),
		{ visitor, pieces, until, done: [...own.done.slice(1 - maxDone), request] },
	];
	const oldest = all.length > maxCarts ? all.find((cart) => cart.pieces === 0) : undefined;
	return all.filter((cart) => cart !== oldest);
}

/** A sign of its visitor. */
function keptOn(carts: Carts, visitor: string, until: number): Carts {
	const own = carts.find((cart) => cart.visitor === visitor && cart.pieces > 0);
	return own === undefined ? carts : [...carts.filter((cart) => cart !== own), { ...own, until }];
}

function emptyAbandoned(carts: Carts): Carts {
	const abandoned = (cart: Cart) => cart.pieces > 0 && cart.until <= Date.now();
	return carts.some(abandoned) ? carts.map((cart) => (abandoned(cart) ? { ...cart, pieces: 0 } : cart)) : carts;
}

export const cart = cartFor({ abandonedAfter: 5 * 60 * 1000 });

export const app = alone("/cart", cart);
