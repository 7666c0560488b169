import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { expect, onTestFinished, test } from "vitest";
import { diagnostics, type Ended } from "../diagnostics.ts";
import { nobody } from "../identity/identity.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Attendance } from "./attendance.ts";
import type { Standing } from "./standing.ts";

/** A connection that is told to leave and takes its time. */
function present(standing: (clock: ManualClock) => Standing, revoked = () => false) {
	const clock = new ManualClock();
	const told: Ended["why"][] = [];
	const left: number[] = [];
	const tell = (ended: unknown) => void told.push((ended as Ended).why);
	subscribe(diagnostics.ended.name, tell);
	onTestFinished(() => void unsubscribe(diagnostics.ended.name, tell));
	const attendance = new Attendance(clock, Math.random, revoked, () => undefined);
	const visit = { kind: "websocket", standing: standing(clock), scope: { channels: ["a"] } } as const;
	const connection = { leave: (code: number) => void left.push(code) };
	attendance.enter({} as IncomingMessage, connection, visit);
	const id = attendance.nameOf(connection);
	const pass = async (seconds: number) => {
		for (let i = 0; i < seconds; i++) {
			clock.advance(1000);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	return { attendance, id, told, left, pass };
}

const forEver = () => ({ caller: nobody, until: Number.POSITIVE_INFINITY });

test("who may not stay is sent away and told of once, however long the leaving takes", async () => {
	const expired = present((clock) => ({ caller: nobody, until: clock.now() + 1500 }));
	await expired.pass(1);
	expect(expired.left).toEqual([]);
	await expired.pass(5);
	expect([expired.left, expired.told]).toEqual([[4401], ["expired"]]);
	const revoked = present(forEver, () => true);
	await revoked.pass(5);
	expect([revoked.left, revoked.told]).toEqual([[4503], ["revoked"]]);
	const disconnected = present(forEver);
	expect([disconnected.attendance.disconnect("other-1"), disconnected.attendance.disconnect(disconnected.id)]).toEqual([
		false,
		true,
	]);
	await disconnected.pass(5);
	expect([disconnected.left, disconnected.told]).toEqual([[4001], ["disconnected"]]);
});

test("who is asked for again is asked once at a time, and stays while the answer is good", async () => {
	let asked = 0;
	let answer: () => void = () => undefined;
	let until = 0;
	const one = present((clock) => {
		until = clock.now() + 500;
		return {
			caller: nobody,
			get until() {
				return until;
			},
			async renew() {
				asked += 1;
				await new Promise<void>((resolve) => {
					answer = resolve;
				});
				if (asked === 2) throw new HoldfastError("forbidden", "no");
				until += 5000;
			},
		};
	});
	await one.pass(3);
	expect(asked).toBe(1);
	answer();
	await one.pass(2);
	expect([asked, one.left]).toEqual([1, []]);
	await one.pass(3);
	answer();
	await one.pass(3);
	expect([asked, one.left, one.told]).toEqual([2, [4503], ["forbidden"]]);
});
