import { webEnvironment } from "../environment.ts";

/** Promises settle before the event loop's next turn. */
export function settled(): Promise<void> {
	return new Promise((resolve) => {
		webEnvironment.after(0, resolve);
	});
}
