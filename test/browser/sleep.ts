/** Every process of a real Chromium, to be stopped as a laptop that is closed stops them. */
import { readdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Stops all of them; they go on when what it resolves with is called. */
export async function putToSleep(browser: Browser): Promise<() => void> {
	const stopped = stop(await processOf(browser));
	const wake = () => {
		for (const pid of stopped) signal(pid, "SIGCONT");
	};
	// The browser's own, and those of its pages and of its network.
	if (stopped.length > 3) return wake;
	wake();
	throw new Error(`Only ${stopped.length} processes could be stopped`);
}

/** The browser's own process. */
async function processOf(browser: Browser): Promise<number> {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send("SystemInfo.getProcessInfo");
	await session.detach();
	const main = processInfo.find(({ type }) => type === "browser");
	if (main === undefined) throw new Error("The browser does not tell its process");
	return main.id;
}

/** Stops a process, and only then, since it can start no more, all that it has started. Returns all of them. */
function stop(pid: number): number[] {
	return signal(pid, "SIGSTOP") ? [pid, ...childrenOf(pid).flatMap(stop)] : [];
}

/** False where it has ended meanwhile, as those of a browser do. */
function signal(pid: number, name: NodeJS.Signals): boolean {
	try {
		return process.kill(pid, name);
	} catch {
		return false;
	}
}

/** Each thread has a list of what it has started; the process that holds the network is not in the first one's. */
function childrenOf(pid: number): number[] {
	const threads = readdirSync(`/proc/${pid}/task`);
	const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
	return lists.flatMap((list) => list.match(/\d+/g) ?? []).map(Number);
}
