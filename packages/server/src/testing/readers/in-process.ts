import { TestReader } from "./reader.ts";
import type { Way } from "./way.ts";

export const inProcess: Way = {
	name: "in process",
	headers: false,
	sets: true,
	stays: false,
	async open({ holdfast }, where) {
		if (holdfast === undefined) throw new Error("There is no server in this process.");
		const { channels, after, last } = where;
		const [channel = ""] = channels;
		const handlers: Parameters<typeof holdfast.subscribe>[1] = {
			message: ({ cursor, ...message }) => reader.message(message, cursor),
			gap: (gap) => reader.gap(gap),
		};
		const begin = { ...(after === undefined ? {} : { after }), ...(last === undefined ? {} : { last }) };
		const subscription = holdfast.subscribe(channels.length === 1 ? channel : channels, handlers, begin);
		const reader = new TestReader(where, () => subscription.close());
		await subscription.ready;
		return reader;
	},
};
