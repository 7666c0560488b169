/** Whatever is measured: how it is started, how it is published to, and over which wires it is read. */

export type Wire = "websocket" | "socket.io" | "sse" | "long poll" | "short poll";

/**
 * Where the next poll begins: values of headers of an answer, without quotation marks, stand for $0, $1 … in what is added
 * to the request target, or to the head (lines that end with `\r\n`).
 */
export interface PollCursor {
	readonly from: readonly string[];
	readonly target?: string;
	readonly head?: string;
}

/** How a wire is read at this peer. Polls are answered with a `Content-Length`. */
export interface Access {
	readonly wire: Wire;
	/** The request target for a channel. */
	path(channel: string): string;
	/** The target of a reader who begins with the oldest message kept, where the peer keeps any. */
	past?(channel: string): string;
	/** What the server sends once the reader will miss nothing; where nothing: ready when the head of the answer is there. */
	readonly ready?: string;
	/** Polls alone. */
	readonly next?: PollCursor;
}

export interface StartOptions {
	/** As `taskset -c` takes them: "0" or "0,1". */
	readonly cores: string;
	/** Node writes a CPU profile into `bench/results/tmp` when it ends. */
	readonly profile?: boolean;
	/** A Node program collects its garbage on SIGUSR2. */
	readonly collecting?: boolean;
	readonly store?: "memory" | "disk";
	readonly workers?: number;
	/** The port of a Redis that several nodes share. */
	readonly redis?: number;
	/** Flags of its command. */
	readonly flags?: readonly string[];
}

export interface Running {
	readonly port: number;
	/** All processes whose CPU and memory are its own. */
	readonly pids: readonly number[];
	/** Resolves when they are gone. */
	end(): Promise<void>;
}

export interface Peer {
	readonly name: string;
	/** Where it was installed from: "Debian libnginx-mod-nchan", "npm socket.io", "this repository". */
	readonly source: string;
	/** Its version, or undefined where it is not installed: the report says so and goes on. */
	version(): string | undefined;
	readonly accesses: readonly Access[];
	/** Whether it can be started with `collecting`. */
	readonly collects?: boolean;
	/** More readers than these are not asked of it; the report says so. */
	readonly maxReaders?: number;
	/** The whole HTTP request that publishes a text, which is ASCII, to a channel; answered with 2xx and a length. */
	publish(channel: string, text: string, port: number): string;
	start(options: StartOptions): Promise<Running>;
}
