import { cartFor } from "@holdfast/example-cart";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startAlone } from "./alone.ts";
import {
	beginsWhenAnswered,
	eventually,
	type Gallery,
	lookAt,
	overEach,
	refusesNonsense,
	startGallery,
	transportNames,
	type Visitor,
} from "./gallery.ts";
import { post } from "./script.ts";

let gallery: Gallery;
let requests = 0;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

const textOf = ({ page }: Visitor, id: string) => page.locator(`#${id}`).textContent();
const stockOf = async (visitor: Visitor) => Number.parseInt((await textOf(visitor, "stock")) ?? "", 10);
const mineOf = async (visitor: Visitor) => Number.parseInt((await textOf(visitor, "mine")) ?? "", 10);
/** By force, since nobody is kept from pressing what is marked as of no use now. */
const press = ({ page }: Visitor, name: string) => page.getByRole("button", { name }).click({ force: true });

/** A shopper without a browser. */
async function shopper(url = `${gallery.url}/cart`) {
	const { cookie, body } = await post(`${url}/session`, {});
	return {
		visitor: body.visitor as string,
		cookie,
		move: (action: string, request = `request-${++requests}`) => post(`${url}/items`, { action, request }, cookie),
	};
}

const stock = async (url = `${gallery.url}/cart`) =>
	(await (await fetch(`${url}/v1/channels/cart.stock/messages?last=1`)).json()).messages[0].data as number;

/** Takes all but `left`; gives them back when the test is over. */
async function leaveInStock(left: number): Promise<void> {
	const other = await shopper();
	let taken = 0;
	for (; (await stock()) > left; taken++) expect((await other.move("add")).status).toBe(200);
	onTestFinished(async () => {
		for (; taken > 0; taken--) await other.move("remove");
	});
}

test("nothing stands in the way of anybody, while the cart is empty, full and cut off", async () => {
	const visitor = await gallery.visit("cart/");
	onTestFinished(visitor.close);
	await visitor.live();
	await eventually(() => stockOf(visitor), 10);
	await lookAt(visitor, "cart-empty");
	await leaveInStock(9);
	for (const mine of [1, 2, 3]) {
		await press(visitor, "Add to cart");
		await eventually(() => mineOf(visitor), mine);
	}
	expect(await textOf(visitor, "left")).toMatch(/^Kept for you for (5:00|4:5\d)$/);
	await lookAt(visitor, "cart");
	await leaveInStock(0);
	await eventually(() => stockOf(visitor), 0);
	await press(visitor, "Add to cart");
	await visitor.page.getByText("All pieces are in carts.").waitFor();
	await lookAt(visitor, "cart-sold-out");

	await gallery.server.kill();
	await visitor.page.getByText("Connection lost").waitFor();
	await press(visitor, "Put one back");
	await visitor.page.getByText("cannot be reached").waitFor();
	await lookAt(visitor, "cart-lost");
	await gallery.server.restart();
	await visitor.live();
	// What had no answer is asked again by the page itself.
	await eventually(() => mineOf(visitor), 2);
	await eventually(() => textOf(visitor, "fault"), "");
	for (const mine of [1, 0]) {
		await press(visitor, "Put one back");
		await eventually(() => mineOf(visitor), mine);
	}
});

test("over each transport: two shoppers see one stock, and one of them gets the last piece, across a restart", async () => {
	await leaveInStock(transportNames.length + 1);
	const inTurn = takeTurns();
	await overEach(async (transport, together) => {
		const ann = await gallery.visit("cart/", { transport });
		onTestFinished(ann.close);
		const bob = await gallery.visit("cart/", { transport });
		onTestFinished(bob.close);
		await ann.live();
		await bob.live();
		await eventually(() => stockOf(bob), transportNames.length + 1);
		await together();

		await press(ann, "Add to cart");
		await eventually(() => stockOf(bob), 1);
		await eventually(() => mineOf(ann), 1);
		expect(await mineOf(bob)).toBe(0);
		await together(gallery.restart);
		await ann.live();
		await bob.live();
		// The last piece is one for all.
		await inTurn(() => bothWantTheLast(ann, bob));
		await together();
		await putBack(ann);
		expect([...ann.errors, ...bob.errors]).toEqual([]);
	});
});

/** Runs what it is given one after another. */
function takeTurns(): (act: () => Promise<void>) => Promise<void> {
	let turn = Promise.resolve();
	return (act) => {
		turn = turn.then(act);
		return turn;
	};
}

async function putBack(visitor: Visitor): Promise<void> {
	const before = await mineOf(visitor);
	await press(visitor, "Put one back");
	await eventually(() => mineOf(visitor), before - 1);
}

/** Ann has one, Bob none, and one is left; so it is again afterwards. */
async function bothWantTheLast(ann: Visitor, bob: Visitor): Promise<void> {
	for (const visitor of [ann, bob]) await eventually(() => stockOf(visitor), 1);
	await Promise.all([press(ann, "Add to cart"), press(bob, "Add to cart")]);
	for (const visitor of [ann, bob]) await eventually(() => stockOf(visitor), 0);
	await eventually(async () => (await mineOf(ann)) + (await mineOf(bob)), 2);
	const [winner, loser, left, gained] = (await mineOf(ann)) === 2 ? [ann, bob, 1, 1] : [bob, ann, 0, 2];
	await loser.page.getByText("All pieces are in carts.").waitFor();
	expect(await textOf(winner, "fault")).toBe("");

	await press(winner, "Put one back");
	await eventually(() => stockOf(loser), 1);
	await press(loser, "Add to cart");
	await eventually(() => stockOf(winner), 0);

	// What a page shows may be old, and is counted on next.
	await eventually(() => mineOf(winner), left);
	await eventually(() => mineOf(loser), gained);
	await putBack(loser);
	expect([await mineOf(ann), await mineOf(bob)]).toEqual([1, 0]);
}

test("a page whose first request has no answer says so, and begins when it has one", async () => {
	const visitor = await gallery.visit("cart/");
	onTestFinished(visitor.close);
	await beginsWhenAnswered(visitor, "session");
	await eventually(() => stockOf(visitor), 10);
});

test("a page whose request got no answer asks again by the same name, and it counts once", async () => {
	const visitor = await gallery.visit("cart/", { transport: "sse" });
	onTestFinished(visitor.close);
	await visitor.live();
	const names: string[] = [];
	await visitor.page.route("**/cart/items", async (route) => {
		names.push(route.request().postDataJSON().request);
		if (names.length > 1) return route.continue();
		// The server does it, and its answer is lost.
		await route.fetch();
		await route.abort();
	});
	await press(visitor, "Add to cart");
	await visitor.page.getByText("cannot be reached").waitFor();
	await gallery.restart();
	await eventually(() => textOf(visitor, "fault"), "");
	expect([names.length > 1, new Set(names).size]).toEqual([true, 1]);
	expect(await mineOf(visitor)).toBe(1);
	await press(visitor, "Put one back");
	await eventually(() => stockOf(visitor), 10);
});

test("a repeated add counts once, after a restart too", async () => {
	const ann = await shopper();
	const before = await stock();
	const both = await Promise.all([ann.move("add", "the-same-one"), ann.move("add", "the-same-one")]);
	expect(both.map(({ status }) => status)).toEqual([200, 200]);
	await gallery.restart();
	expect((await ann.move("add", "the-same-one")).status).toBe(200);
	expect(await stock()).toBe(before - 1);
	expect((await ann.move("remove")).status).toBe(200);
	expect(await stock()).toBe(before);
});

test("of many who want the last piece at the same instant one gets it", async () => {
	await leaveInStock(1);
	const many = await Promise.all(Array.from({ length: 12 }, () => shopper()));
	const answers = await Promise.all(many.map(({ move }) => move("add")));
	const winners = answers.flatMap(({ status }, i) => (status === 200 ? [i] : []));
	expect(winners).toHaveLength(1);
	expect(answers.find(({ status }) => status === 409)?.body.detail).toMatch(/Wait/);
	expect(await stock()).toBe(0);
	expect((await many[winners[0] as number]?.move("remove"))?.status).toBe(200);
});

test("requests without a session or with an unknown action are refused, and the shop stays open", async () => {
	const ann = await shopper();
	const items = `${gallery.url}/cart/items`;
	const fine = { action: "add", request: "fine-request" };
	expect((await post(items, fine)).status).toBe(400);
	expect((await post(items, fine, ann.cookie.replace(/.$/, "~"))).status).toBe(400);
	expect((await ann.move("steal")).status).toBe(400);
	expect((await ann.move("add", "short")).status).toBe(400);
	expect((await ann.move("add", "x".repeat(41))).status).toBe(400);
	expect((await post(items, {}, ann.cookie)).status).toBe(400);
	expect((await ann.move("remove")).status).toBe(409);
	await refusesNonsense(gallery.url, { path: "cart/items", headers: { Cookie: ann.cookie } });
	await refusesNonsense(gallery.url, { path: "cart/session", headers: { Cookie: ann.cookie } });
	expect(await stock()).toBe(10);
	expect((await ann.move("add")).status).toBe(200);
	expect((await ann.move("remove")).status).toBe(200);
});

test("a cart is its visitor's alone, and only the server publishes", async () => {
	const [ann, bob] = [await shopper(), await shopper()];
	await ann.move("add");
	await ann.move("remove");
	const channel = (name: string) => `${gallery.url}/cart/v1/channels/${name}/messages`;
	const read = async (name: string, cookie: string) => (await fetch(`${channel(name)}?last=1`, { headers: { cookie } })).status;
	expect(await read(`cart.of.${ann.visitor}`, ann.cookie)).toBe(200);
	expect(await read(`cart.of.${ann.visitor}`, bob.cookie)).toBe(403);
	expect(await read(`cart.of.${ann.visitor}`, "")).toBe(403);
	expect(await read("cart.of.undefined", "")).toBe(403);
	expect(await read("cart.state", ann.cookie)).toBe(403);
	for (const name of ["cart.stock", "cart.state", `cart.of.${ann.visitor}`]) {
		expect((await post(channel(name), 99, ann.cookie)).status).toBe(403);
	}
});

test("a cart that is left alone goes back to the stock, and one that is looked at stays", async () => {
	const { url, close } = await startAlone("/cart", cartFor({ abandonedAfter: 2500 }));
	onTestFinished(close);
	const context = await gallery.browser.newContext();
	onTestFinished(() => context.close());
	const page = await context.newPage();
	await page.goto(`${url}/`);
	await page.getByText("10 of 10 in stock").waitFor();
	await page.getByRole("button", { name: "Add to cart" }).click({ force: true });
	await page.getByText("1 in your cart").waitFor();
	const added = Date.now();
	const ann = await shopper(url);
	await ann.move("add");
	while (Date.now() - added < 4000) {
		await page.getByRole("button", { name: "Keep it longer" }).click({ force: true });
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	expect(await page.locator("#mine").textContent()).toBe("1 in your cart");
	expect(await page.locator("#stock").textContent()).toBe("9 of 10 in stock");
	await page.getByText("0 in your cart").waitFor();
	await page.getByText("10 of 10 in stock").waitFor();
	await page.getByText("Nothing is kept for you").waitFor();
});
