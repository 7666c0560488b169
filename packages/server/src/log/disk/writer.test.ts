import { afterEach, beforeEach, expect, test } from "vitest";
import { range } from "../../testing/log-kit/log-world.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { type Environment, openEnvironment } from "./environment.ts";
import { Writer } from "./writer.ts";

let environment: Environment;
let clear: () => Promise<void>;
let transactions: number;
let writer: Writer;

beforeEach(async () => {
	const { folder, ...rest } = await temporaryFolder();
	clear = rest.clear;
	environment = openEnvironment(folder, "disk");
	transactions = 0;
	writer = new Writer(environment, (jobs) => {
		transactions += 1;
		return jobs();
	});
});

afterEach(async () => {
	await environment.root.close();
	await clear();
});

const key = (n: number) => Buffer.from(`key ${n}`);
const put = (n: number) => () => environment.meta.putSync(key(n), Buffer.from("value"));

test("what is written at once is committed together", async () => {
	await Promise.all(range(1, 300).map((n) => writer.write(1, put(n))));
	expect(transactions).toBe(1);
	await Promise.all(range(1, 300).map((n) => writer.write(10, put(n))));
	expect(transactions).toBe(4);
});

test("a fault leaves nothing of its transaction, and the next one is none the worse", async () => {
	const fault = () => {
		throw new Error("fault");
	};
	const results = await Promise.allSettled([writer.write(1, put(1)), writer.write(1, fault), writer.write(1, put(2))]);
	expect(results).toMatchObject(results.map(() => ({ status: "rejected", reason: { code: "store_unavailable" } })));
	expect([1, 2].map((n) => environment.meta.getBinary(key(n)))).toEqual([undefined, undefined]);
	await writer.write(1, put(3));
	expect(environment.meta.getBinary(key(3))).toBeDefined();
});

test("who was just told may write again at once", async () => {
	await writer.write(1, put(1)).then(() => writer.write(1, put(2)));
	expect(environment.meta.getBinary(key(2))).toBeDefined();
});

test("all of a transaction are told of what is kept, in their order, before any of them goes on", async () => {
	const order: string[] = [];
	await Promise.all(
		range(1, 3).map((n) => writer.write(1, put(n), () => order.push(`kept ${n}`)).then(() => order.push(`goes on ${n}`))),
	);
	expect(order).toEqual(["kept 1", "kept 2", "kept 3", "goes on 1", "goes on 2", "goes on 3"]);
});

test("while it pauses nothing is written, and then everything is", async () => {
	const order: string[] = [];
	const first = writer.write(1, put(1)).then(() => order.push("written 1"));
	let go = () => {};
	const paused = writer.pause(async () => {
		order.push("pauses");
		await new Promise<void>((resolve) => {
			go = resolve;
		});
		order.push("goes on");
	});
	await first;
	const second = writer.write(1, put(2)).then(() => order.push("written 2"));
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect([order, transactions]).toEqual([["pauses", "written 1"], 1]);
	go();
	await Promise.all([paused, second]);
	expect(order).toEqual(["pauses", "written 1", "goes on", "written 2"]);
});
