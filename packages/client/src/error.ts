import type { ErrorCode } from "@holdfast/protocol";

/**
 * What went wrong: a code of the server's (see `docs/errors.md`), or one that only a client meets. `unreachable`: no answer
 * of a Holdfast server came. `timed_out`: given up after the time that was given. `outbox_full`: more is waiting to be
 * published than `outbox` allows. `closed`: by `close()`. `invalid`: a message that does not fit the schema.
 */
export type ClientErrorCode = ErrorCode | "unreachable" | "timed_out" | "outbox_full" | "closed" | "invalid";

interface Options {
	readonly cause?: unknown;
	readonly retryAfter?: number | undefined;
	readonly channel?: string | undefined;
}

/** The one error class. Decide by `code`, never by the message. */
export class HoldfastError extends Error {
	declare readonly code: ClientErrorCode;
	/** Milliseconds after which to try again, where the server knows. */
	declare readonly retryAfter: number | undefined;
	/** The channel that it is about, where it is about one. */
	declare readonly channel: string | undefined;

	/** Without a `detail` the code says it all. */
	constructor(code: ClientErrorCode = "unreachable", detail: string = code, options: Options = {}) {
		super(detail, options);
		Object.assign(this, { name: "HoldfastError", code }, options);
	}

	/** Whether the same call may succeed later without a change. By how codes begin; a test compares it with the protocol's table. */
	get passing(): boolean {
		return /^(unreach|rate|internal|drain|store|overload|disk)/.test(this.code);
	}
}

/** For all that `close()` ends. */
export function closed(): HoldfastError {
	return new HoldfastError("closed");
}

export function asError(cause: unknown): HoldfastError {
	return cause instanceof HoldfastError ? cause : new HoldfastError(undefined, String(cause), { cause });
}
