/** HOW BYTES LEAVE. A transport knows its socket and how it closes; it knows no channel and no log. */
import type { CloseCode, Page } from "@holdfast/protocol";

/**
 * How pages are written for one kind of reader. Forms are compared by identity: readers that share a form share its frames,
 * which are made once a page and not once a reader.
 */
export interface Form<Frame> {
	page(page: Page): Frame;
}

export interface Transport<Frame> {
	readonly form: Form<Frame>;
	/** Whether it may stay full for as long as it likes; others are ended when they make no progress. */
	readonly patient?: true;
	/** Takes the frame in any case. False: full, nothing more may be written until `drained`. */
	write(frame: Frame): boolean;
	/** Tells once that the past has been delivered, as `write`; a transport that ends with its first page has no such thing. */
	live?(next: string): boolean;
	/** Tells that the log is away, and more may be kept than is told; as `write`. */
	stale?(): boolean;
	/** Tells that the log is back, and everything up to `next` has been told; as `write`. */
	fresh?(next: string): boolean;
	/** False while full, or when another reader of the same connection has filled it. */
	readonly writable: boolean;
	/** Calls `resume` once, when there is room again. Callers are resumed one after another while there is room. */
	drained(resume: () => void): void;
	/** Ends the connection, telling the reason where its form has a way to. */
	end(code: CloseCode): void;
}
