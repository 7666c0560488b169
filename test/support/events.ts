/** An event stream, block by block and line by line as it came. */
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";

export interface Block {
	/** The lines as they came. */
	readonly lines: readonly string[];
	readonly event?: string;
	readonly data?: string;
	readonly id?: string;
	readonly retry?: string;
	readonly comment?: string;
}

export interface Events {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	/** The next block; undefined when the stream has ended. Comments are passed over unless they are asked for. */
	next(options?: { comments?: boolean }): Promise<Block | undefined>;
	/** The next `n` blocks. */
	take(n: number): Promise<Block[]>;
	close(): void;
}

export async function openEvents(url: string, headers: OutgoingHttpHeaders = {}): Promise<Events> {
	const asked = request(url, { headers: { Accept: "text/event-stream", ...headers }, agent: false });
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		asked.once("response", resolve).once("error", reject);
		asked.end();
	});
	asked.on("error", () => undefined);
	const blocks = readBlocks(response);
	const next = async ({ comments = false } = {}): Promise<Block | undefined> => {
		for (;;) {
			const { value, done } = await blocks.next();
			if (done) return undefined;
			if (comments || value.comment === undefined) return value;
		}
	};
	return {
		status: response.statusCode ?? 0,
		headers: response.headers,
		next,
		async take(n) {
			const taken: Block[] = [];
			while (taken.length < n) {
				const block = await next();
				if (block === undefined) throw new Error(`The stream ended after ${taken.length} blocks.`);
				taken.push(block);
			}
			return taken;
		},
		close: () => asked.destroy(),
	};
}

async function* readBlocks(response: IncomingMessage): AsyncGenerator<Block, void> {
	let text = "";
	response.setEncoding("utf8");
	try {
		for await (const chunk of response) {
			text += chunk;
			for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
				yield parseBlock(text.slice(0, end).split("\n"));
				text = text.slice(end + 2);
			}
		}
	} catch {
		// The connection was cut, by us or by the server: there are no more blocks.
	}
}

export function parseBlock(lines: readonly string[]): Block {
	const field = (name: string) => {
		const found = lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
		return found.length === 0 ? {} : { [name]: found.join("\n") };
	};
	const comment = lines[0]?.startsWith(":") ? { comment: lines[0].slice(1) } : {};
	return { lines, ...field("event"), ...field("data"), ...field("id"), ...field("retry"), ...comment };
}
