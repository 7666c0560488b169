/** provisional; comes from branch bench */
export type Wire = "websocket" | "socket.io" | "sse" | "long poll" | "short poll";
export interface PollCursor {
	readonly todo?: string;
}
export interface Access {
	readonly wire: Wire;
	path(channel: string): string;
	readonly ready?: string;
	readonly next?: PollCursor;
}
export interface Running {
	readonly port: number;
	readonly pids: readonly number[];
	end(): Promise<void>;
}
export interface StartOptions {
	readonly core: number;
	readonly profile?: boolean;
	readonly store?: "memory" | "disk";
	readonly workers?: number;
	readonly flags?: readonly string[];
}
export interface Peer {
	readonly name: string;
	readonly source: string;
	version(): string | undefined;
	readonly accesses: readonly Access[];
	publish(channel: string, text: string, port: number): string;
	start(options: StartOptions): Promise<Running>;
}
