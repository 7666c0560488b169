/** The client with tokens that end while it reads: its user notices nothing, as long as there is a new one. */
import { randomBytes } from "node:crypto";
import { connect, type HoldfastError, type TransportName } from "@holdfast/client";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { startWorld, type World } from "../support/world.ts";
import { seconds, sign } from "./issuer.ts";

const secret = randomBytes(32);
const make = (exp: number, sub = "ann") =>
	sign(secret, "HS256", { sub, exp, holdfast: { read: ["chat.*"], publish: ["chat.*"] } });

let world: World;
beforeAll(async () => {
	world = await startWorld({ rights: { tokens: { secret } } });
});
afterAll(() => world.close());

const ways: readonly (readonly [string, readonly TransportName[] | undefined])[] = [
	["the way that it chooses", undefined],
	...(["websocket", "sse", "long-poll", "short-poll"] as const).map((way) => [way, [way]] as const),
];

describe.concurrent.each(ways)("over %s", (name, transports) => {
	test("tokens of two seconds, one after the other, lose nothing and repeat nothing", async ({ expect }) => {
		const channel = `chat.${name.replaceAll(" ", "-")}`;
		let asked = 0;
		const client = connect(world.origin, {
			...(transports === undefined ? {} : { transports }),
			token: () => {
				asked += 1;
				return make(seconds() + 2);
			},
		});
		const got: unknown[] = [];
		const troubles: unknown[] = [];
		client.channel(channel).subscribe((message) => got.push(message.data), {
			after: "first",
			onGap: (gap) => troubles.push(gap),
			onEnd: (error) => troubles.push(error),
		});
		for (let i = 0; i < 70; i++) {
			await world.holdfast.publish(channel, i);
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		await client.channel(channel).publish("mine");
		await vi.waitFor(() => expect(got.at(-1)).toBe("mine"), { timeout: 15_000 });
		expect(got).toEqual([...Array.from({ length: 70 }, (_, i) => i), "mine"]);
		expect(troubles).toEqual([]);
		expect(asked).toBeGreaterThan(2);
		client.close();
	}, 40_000);

	test("a token that is no good ends the subscription with the reason", async ({ expect }) => {
		const client = connect(world.origin, {
			...(transports === undefined ? {} : { transports }),
			token: () => make(seconds() - 1),
		});
		const ended = await new Promise<HoldfastError | undefined>((onEnd) =>
			client.channel("chat.a").subscribe(() => undefined, { onEnd }),
		);
		expect(ended?.code).toBe("unauthorized");
		client.close();
	}, 20_000);
});
