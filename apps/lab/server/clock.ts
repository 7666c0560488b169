/** Milliseconds with a fraction, by a clock that nobody sets; the same one in all threads. */
export const now = () => performance.timeOrigin + performance.now();
