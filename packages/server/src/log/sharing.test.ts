import { expect, test } from "vitest";
import { sharing } from "./sharing.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function stage() {
	const share = sharing<number>();
	const begun: { end(): void; fail(): void }[] = [];
	const ask = (key = "a") =>
		share(
			key,
			() =>
				new Promise((resolve, reject) => {
					const number = begun.length;
					begun.push({ end: () => resolve(number), fail: () => reject(new Error("failed")) });
				}),
		);
	return { begun, ask };
}

test("who asks while work is under way is given the next, all of them one; another key is other work", async () => {
	const { begun, ask } = stage();
	const first = ask();
	const later = [ask(), ask(), ask()];
	const other = ask("b");
	await settled();
	expect(begun).toHaveLength(2);
	begun[0]?.end();
	expect(await first).toBe(0);
	await settled();
	expect(begun).toHaveLength(3);
	const latest = ask();
	begun[2]?.end();
	expect(await Promise.all(later)).toEqual([2, 2, 2]);
	await settled();
	begun[3]?.end();
	expect(await latest).toBe(3);
	begun[1]?.end();
	expect(await other).toBe(1);
	const anew = ask();
	begun[4]?.end();
	expect(await anew).toBe(4);
});

test("a failure is of those alone who shared it", async () => {
	const { begun, ask } = stage();
	const [first, next] = [ask(), ask()];
	begun[0]?.fail();
	await expect(first).rejects.toThrow("failed");
	await settled();
	begun[1]?.end();
	expect(await next).toBe(1);
});
