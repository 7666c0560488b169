/** Every error that a client can be told, as one table: the HTTP status, whether the same call may succeed later, and what to do. */

interface ErrorRow {
	readonly status: number;
	readonly title: string;
	/** Whether the same request may succeed later without a change. */
	readonly retry: boolean;
	readonly remedy: string;
}

const rows = {
	bad_request: { status: 400, title: "Bad request", retry: false, remedy: "Correct the parameter that the detail names." },
	bad_cursor: {
		status: 400,
		title: "Not a cursor of this resource",
		retry: false,
		remedy: "Send a cursor that this very resource gave, or begin with after=first, after=now or last=n.",
	},
	bad_channel: {
		status: 400,
		title: "Not a channel name",
		retry: false,
		remedy: "Use 1 to 255 bytes of A-Z a-z 0-9 . _ ~ : - and neither . nor ..",
	},
	bad_event: {
		status: 400,
		title: "Not an event name",
		retry: false,
		remedy: "Use 1 to 255 bytes without control characters, not beginning with $.",
	},
	bad_key: {
		status: 400,
		title: "Not a key",
		retry: false,
		remedy: "Use 1 to 255 bytes without control characters.",
	},
	bad_json: { status: 400, title: "Not JSON", retry: false, remedy: "Send one JSON value in UTF-8." },
	bad_operation: {
		status: 400,
		title: "Unknown operation",
		retry: false,
		remedy: "Send subscribe, unsubscribe, publish, auth or ping.",
	},
	already_subscribed: {
		status: 400,
		title: "Already subscribed",
		retry: false,
		remedy: "Unsubscribe from the channel first.",
	},
	unauthorized: { status: 401, title: "Who are you?", retry: false, remedy: "Send credentials." },
	forbidden: { status: 403, title: "Not allowed", retry: false, remedy: "Ask for rights to this channel and action." },
	not_found: { status: 404, title: "No such route", retry: false, remedy: "See PROTOCOL.md for the routes." },
	method_not_allowed: {
		status: 405,
		title: "Method not allowed",
		retry: false,
		remedy: "Use a method that the Allow header names.",
	},
	key_reused: {
		status: 409,
		title: "Idempotency key reused",
		retry: false,
		remedy: "Use a new key for other data, or send what was sent first.",
	},
	too_large: { status: 413, title: "Too large", retry: false, remedy: "Send less at once." },
	unsupported_type: {
		status: 415,
		title: "Unsupported type",
		retry: false,
		remedy: "Send the header that the detail names.",
	},
	schema_mismatch: {
		status: 422,
		title: "Data does not fit the channel's schema",
		retry: false,
		remedy: "Correct the places that the detail names.",
	},
	rate_limited: { status: 429, title: "Too many", retry: true, remedy: "Wait as long as Retry-After says." },
	internal: { status: 500, title: "A fault of the server", retry: true, remedy: "Report it with the time it happened." },
	draining: { status: 503, title: "Going away", retry: true, remedy: "Come back, perhaps to another server." },
	store_unavailable: { status: 503, title: "The log is not available", retry: true, remedy: "Try again later." },
	overloaded: { status: 503, title: "Overloaded", retry: true, remedy: "Wait as long as Retry-After says." },
	disk_full: { status: 507, title: "No room in the log", retry: true, remedy: "Free some space; reading goes on." },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const errors: Readonly<Record<ErrorCode, ErrorRow>> = rows;

/** Where data does not fit its channel's schema: a JSON Pointer, empty for the data itself, and what is wrong there. */
export interface SchemaPlace {
	readonly path: string;
	readonly message: string;
}

interface ErrorOptions {
	readonly cause?: unknown;
	readonly retryAfter?: number | undefined;
	readonly channel?: string | undefined;
	readonly places?: readonly SchemaPlace[] | undefined;
}

/** The one error class. Decide by `code`, never by the message. */
export class HoldfastError extends Error {
	readonly code: ErrorCode;
	/** Seconds after which to try again, where the server knows. */
	readonly retryAfter: number | undefined;
	/** The channel that is refused, where several were asked for. */
	readonly channel: string | undefined;
	/** What does not fit, of `schema_mismatch`. */
	readonly places: readonly SchemaPlace[] | undefined;

	constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
		super(detail, { cause: options.cause });
		this.name = "HoldfastError";
		this.code = code;
		this.retryAfter = options.retryAfter;
		this.channel = options.channel;
		this.places = options.places;
	}

	/** The same of a channel. */
	about(channel: string): HoldfastError {
		const { cause, retryAfter, places } = this;
		return new HoldfastError(this.code, this.message, { cause, channel, retryAfter, places });
	}
}

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	readonly code: ErrorCode;
	/** The channel that it is about, where it is about one. */
	readonly channel?: string;
	/** At most 20. */
	readonly places?: readonly SchemaPlace[];
}

export function problem(
	code: ErrorCode,
	detail: string,
	{ channel, places }: Pick<ErrorOptions, "channel" | "places"> = {},
): Problem {
	const { status, title } = errors[code];
	const about = { ...(channel === undefined ? {} : { channel }), ...(places === undefined ? {} : { places }) };
	return { type: "about:blank", title, status, detail, code, ...about };
}
