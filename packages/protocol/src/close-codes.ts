/** WebSocket close codes. The range is the instruction: 4000–4499 come back with your cursor, 4500–4999 stay away. */
export const closeCodes = {
	/** The server is going away; come back, perhaps to another one. */
	draining: 4001,
	/** No progress for too long; what was missed is still in the log. */
	slow: 4008,
	/** Published faster than allowed on the plain form, which has no answers. */
	rate: 4029,
	/** The credentials have expired; come back with new ones. */
	expired: 4401,
	protocolError: 4501,
	notAllowed: 4503,
	tooLarge: 4513,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

export function mayComeBack(code: number): boolean {
	return code < 4500 || code > 4999;
}
