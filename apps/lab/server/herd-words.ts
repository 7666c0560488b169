/** What the thread of the herd is told, and what it tells. */
export interface Sent {
	/** Of the channel's messages. */
	readonly url: string;
	/** Of a request that has nothing to do with them. */
	readonly ordinary: string;
	readonly readers: number;
}

export interface Woken {
	/** When each reader had its answer. */
	readonly woken: readonly number[];
	/** Milliseconds that the ordinary request took. */
	readonly ordinary: number;
	/** Milliseconds between the first and the last of those whose time was over. */
	readonly timeouts: number;
}
