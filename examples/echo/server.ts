/** Echo: a WebSocket publishes what it is sent to the channel that it reads, so it comes back. */
import { alone, type Example, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";

/** A page's own: its name has 128 bits of chance, so nobody else knows it. */
const ofPage = /^echo\.[0-9a-f]{32}$/;

export const echo: Example = async (app, { log, drainTime }) => {
	const holdfast = createHoldfast({
		log,
		drainTime,
		prefix: app.prefix,
		// The default, written down: browsers let pages of any site open a WebSocket here, so the server has to refuse them.
		cors: [],
		maxMessageBytes: 4096,
		authorize: (_, channel, action) => action !== "admin" && ofPage.test(channel ?? ""),
	});
	await site(app, import.meta.url, holdfast);
};

export const app = alone("/echo", echo);
