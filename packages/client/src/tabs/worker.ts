/** The hub in a SharedWorker: it is there as long as a tab is, and no tab that is frozen or closed disturbs it. A module of its own. */
import { choose } from "../choose.ts";
import type { ClientOptions } from "../client.ts";
import { webEnvironment } from "../environment.ts";
import type { Access, TransportName } from "../way.ts";
import { everyWay } from "../ways/every.ts";
import { openHub } from "./hub.ts";
import { type Stage, webStage } from "./stage.ts";

/** What a tab tells the worker; a function cannot be told. */
export interface Wish {
	readonly scope: string;
	readonly url: string;
	readonly token: Exclude<ClientOptions["token"], () => unknown>;
	readonly transports: readonly TransportName[] | undefined;
	/** The way that last worked. */
	readonly favourite: string | null | undefined;
}

interface Port {
	onmessage: (event: { readonly data: Wish }) => void;
	postMessage(ready: true): void;
}

const stage = webStage();
let served = false;

Object.assign(globalThis, {
	onconnect({ ports: [port] }: { readonly ports: readonly [Port] }) {
		port.onmessage = ({ data }) => {
			// All that come have the same wish.
			if (stage !== undefined && !served) lead(stage, data);
			served = true;
			port.postMessage(true);
		};
	},
});

function lead(on: Stage, wish: Wish): void {
	const { scope, url, token, transports, favourite } = wish;
	const way = choose(everyWay(transports), { get: () => favourite, set: () => undefined });
	const access: Access = { url, environment: webEnvironment, token: async () => token };
	let close = (): void => undefined;
	const hold = () => {
		close = openHub(access, way, on, scope);
		return new Promise<void>(() => undefined);
	};
	on.lock(scope, hold, {}).catch(() => {
		// Somebody thought that it was dead.
		close();
		lead(on, wish);
	});
}
