/** One example inside the test, for what would take minutes with the options that people meet it with. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { alone, type Example } from "../../examples/kit/server/index.ts";

export async function startAlone(prefix: string, example: Example): Promise<{ readonly url: string; close(): Promise<void> }> {
	const app = await alone(prefix, example)({ folder: undefined, drainTime: 100 });
	const server = createServer(app.handle);
	server.on("upgrade", app.upgrade);
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
		async close() {
			await app.close();
			server.closeAllConnections();
			server.close();
		},
	};
}
