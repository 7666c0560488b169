/** Reading by `EventSource`. */
import { messagesUrl, target } from "./address.ts";
import { requestBytes, textBytes } from "./bytes.ts";
import { askWhy } from "./request.ts";
import { ticketed } from "./ticket.ts";
import { again, type End, expired, forbidden, type Gap, type Message, stopped } from "./way.ts";

const byes = new Map<string, End>([
	["draining", again("The server is draining")],
	["overload", again("The server is overloaded")],
	["rate", again("Too many connections")],
	["slow", again("Read too slowly")],
	["expired", expired],
	["forbidden", forbidden],
]);

export const eventSource = ticketed((place, admission, tell, signal) => {
	return new Promise((resolve) => {
		// A page cannot know all event names in advance, and EventSource drops those that nobody listens for.
		const url = messagesUrl(place.channel, place.start, "event=message", ...admission);
		const headers = { Accept: "text/event-stream" };
		const bytes = requestBytes("GET", target(url), headers);
		tell.crossed({ direction: "up", text: `GET ${target(url)}\nAccept: text/event-stream`, bytes, request: true });
		const source = new EventSource(url);
		let opened = false;
		let lastId = "";
		const end = (why: End | Promise<End>) => {
			source.close();
			resolve(why);
		};
		const on = <Data>(name: string, handle: (data: Data) => void) =>
			source.addEventListener(name, (event: MessageEvent<string>) => {
				if (signal.aborted) return;
				const text = blockOf(name, event, lastId);
				tell.crossed({ direction: "down", text, bytes: textBytes(text) + 2 });
				lastId = event.lastEventId;
				handle(JSON.parse(event.data) as Data);
			});
		signal.addEventListener("abort", () => end(stopped), { once: true });
		on<{ next: string }>("$open", ({ next }) => {
			opened = true;
			tell.cursor(next);
		});
		on<Gap>("$gap", tell.gap);
		on<Message>("message", tell.message);
		on<{ next: string }>("$live", tell.live);
		on<{ reason: string }>("$bye", ({ reason }) => end(byes.get(reason) ?? again("Sent away")));
		// It would come back by itself, but would not say when; coming back is left to `follow`, which does.
		source.onerror = () => end(opened ? again("Connection lost") : askWhy(place, tell, signal));
	});
});

/** The block as it must have been: EventSource hands over its fields, and an id again with every block that has none. */
function blockOf(name: string, { data, lastEventId }: MessageEvent<string>, lastId: string): string {
	const event = name === "message" ? "" : `event: ${name}\n`;
	const id = lastEventId === lastId ? "" : `\nid: ${lastEventId}`;
	return `${event}data: ${data.replaceAll("\n", "\ndata: ")}${id}`;
}
