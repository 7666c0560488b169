/** Loaded before a Node program whose memory is looked at: collects garbage when asked to by a signal. */
process.on("SIGUSR2", () => {
	// Twice, since the first collection leaves what finalizers then let go.
	globalThis.gc?.();
	globalThis.gc?.();
});
