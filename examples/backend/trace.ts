/** The client's network with a line on standard error for all that passes: hand it to `connect` or `open` as `environment`. */
import { type Environment, realEnvironment, type Socket } from "@holdfast/client";

export const traced: Environment = {
	...realEnvironment,
	async fetch(url, init) {
		console.error(`> ${init.method ?? "GET"} ${url} ${typeof init.body === "string" ? init.body : ""}`);
		const response = await realEnvironment.fetch(url, init);
		console.error(`< ${response.status} ${response.headers.get("content-type") ?? ""}`);
		return response;
	},
	async socket(url, subprotocol) {
		console.error(`> WebSocket ${url} ${subprotocol}`);
		const real = await realEnvironment.socket(url, subprotocol);
		const shown: Socket = {
			onmessage: null,
			onclose: null,
			onerror: null,
			send(text) {
				console.error(`> ${text}`);
				real.send(text);
			},
			close: () => real.close(),
		};
		real.onmessage = (event) => {
			console.error(`< ${event.data}`);
			shown.onmessage?.(event);
		};
		real.onclose = (event) => {
			console.error(`< closed ${event.code} ${event.reason}`);
			shown.onclose?.(event);
		};
		real.onerror = (event) => shown.onerror?.(event);
		return shown;
	},
};
