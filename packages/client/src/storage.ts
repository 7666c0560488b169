import type { Environment, QuickStore } from "./environment.ts";

interface WebStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
}

const place = globalThis as { readonly localStorage?: WebStorage; readonly sessionStorage?: WebStorage };

/** Of this tab, or of this browser. It forgets everything where there is none. */
export function storeOf(environment: Environment, kind: "session" | "local"): QuickStore {
	return (
		environment.store?.(kind) ?? {
			get: (key) => attempt(() => place[`${kind}Storage`]?.getItem(key)),
			set: (key, value) => attempt(() => place[`${kind}Storage`]?.setItem(key, value)),
		}
	);
}

/** A store that is full or forbidden, which it tells by a throw, is no reason to stop. */
function attempt<T>(run: () => T): T | undefined {
	try {
		return run();
	} catch {
		return undefined;
	}
}
