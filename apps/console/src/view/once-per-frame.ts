/**
 * Calls `draw` once before the next frame, however often it is asked for. A page in the background draws no frames: what waits
 * to be drawn must be bounded by the caller.
 */
export function oncePerFrame(draw: () => void): () => void {
	let waiting = false;
	return () => {
		if (waiting) return;
		waiting = true;
		requestAnimationFrame(() => {
			waiting = false;
			draw();
		});
	};
}
