/** In a page or a worker: follows a channel of numbers, and keeps what it is told where a test finds it. */
import { type Channel, type ConnectOptions, connect, type Gap, type StartOptions } from "@holdfast/client";

export interface Settings {
	readonly channel: string;
	readonly connect?: Pick<ConnectOptions, "transports" | "persist" | "token" | "user"> & { readonly shareTabs?: boolean };
	readonly start?: StartOptions;
	/** The handler of this message does not end before the page does, the first time. */
	readonly hold?: number;
}

export interface Followed {
	/** Those whose handler was called, and those whose handler has ended. */
	readonly taken: number[];
	readonly handled: number[];
	readonly gaps: Gap[];
	readonly transports: string[];
	/** Uncaught ones, and those that the client told. */
	readonly errors: string[];
	/** Milliseconds from the beginning of the connection to the first message. */
	first?: number;
	begun: boolean;
}

const {
	channel,
	connect: options,
	start,
	hold,
} = JSON.parse(new URL(import.meta.url).searchParams.get("settings") ?? "") as Settings;

/** What there was before a reload counts too. A worker has no storage. */
const kept = globalThis.sessionStorage?.getItem("followed");
const followed: Followed = {
	...(kept ? (JSON.parse(kept) as Followed) : { taken: [], handled: [], gaps: [], transports: [], errors: [] }),
	begun: false,
};
const fail = (error: unknown) => void followed.errors.push(String(error));
addEventListener("error", ({ message }) => fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(reason));

const began = performance.now();
const holdfast = connect(location.origin, options);
holdfast.on("error", fail);
holdfast.on("transport", (name) => void followed.transports.push(name));
const chat: Channel<number> = holdfast.channel(channel);
chat.subscribe(
	({ data }) => {
		followed.first ??= performance.now() - began;
		followed.taken.push(data);
		if (data === hold && followed.taken.filter((taken) => taken === data).length === 1) return new Promise(() => undefined);
		followed.handled.push(data);
		return undefined;
	},
	{
		...start,
		onBegin: () => {
			followed.begun = true;
		},
		onGap: (gap) => void followed.gaps.push(gap),
	},
);
// After the client's own listener: what it has kept by now is what has been handled by now.
addEventListener("pagehide", () => sessionStorage.setItem("followed", JSON.stringify(followed)));
Object.assign(globalThis, { holdfast, chat, followed });
