/** Publishing as any HTTP client does, for tests whose subject is reading. */

export interface Receipt {
	readonly id: string;
	readonly channel: string;
	readonly time: number;
}

/** Strings go as text, bytes as bytes, anything else as JSON. */
export async function publish(url: string, channel: string, data: unknown, event?: string): Promise<Receipt> {
	const query = event === undefined ? "" : `?event=${encodeURIComponent(event)}`;
	const bytes = data instanceof Uint8Array;
	const type = bytes ? "application/octet-stream" : typeof data === "string" ? "text/plain" : "application/json";
	const response = await fetch(`${url}/v1/channels/${channel}/messages${query}`, {
		method: "POST",
		headers: { "Content-Type": type },
		body: bytes ? new Uint8Array(data) : typeof data === "string" ? data : JSON.stringify(data),
	});
	if (!response.ok) throw new Error(`publish was answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as Receipt;
}
