/** The page at `/`: brings the reader of one channel and what a person sees of it together. */
import { Session } from "./session.ts";
import { beginnings, channelFault, readSettings, type Settings, transports, writeSettings } from "./settings.ts";
import { CostsTable } from "./view/costs-table.ts";
import { CurlLines } from "./view/curl-lines.ts";
import { MessageList } from "./view/message-list.ts";
import { PublishForm } from "./view/publish-form.ts";
import { ReadingForm } from "./view/reading-form.ts";
import { StateLine } from "./view/state-line.ts";
import { TokenForm } from "./view/token-form.ts";
import { WirePanel } from "./view/wire-panel.ts";

let settings: Settings = readSettings(location.hash);

/** An address that someone typed may name no channel; until a person chooses one there is nothing to read. */
const ready = () => channelFault(settings.channel) === undefined;

const messages = new MessageList();
const wire = new WirePanel();
const curl = new CurlLines();
const state = new StateLine(() => session.pause(), goOn);
const token = new TokenForm(() => {
	session.token = token.token;
	showLines();
	if (ready()) session.resume();
});
const costs = new CostsTable(() => session.costs);

/** The server wants to know who is there: with the same credentials as before it would only say so again. */
let asked = false;

const session: Session = new Session(settings, token.token, {
	message: (message) => messages.message(message),
	gap: (gap) => messages.gap(gap),
	state(now) {
		asked = now.is === "refused" && now.asks === true;
		if (asked) token.ask();
		messages.whileEmpty(!asked);
		if (now.is === "live") token.accepted();
		state.show(now, settings.transport);
	},
	crossed: (crossing) => wire.add(crossing),
	switched: (transport, cursor) => messages.note(`From here on by ${transports[transport]}, after ${cursor}`),
	cleared() {
		messages.clear();
		wire.clear();
		costs.draw();
	},
	cost: costs.draw,
});

new PublishForm(async (draft) => {
	if (!ready()) return { stored: false, says: "Choose a channel first." };
	const outcome = await session.publish(draft);
	if (outcome.asks) token.ask();
	return outcome;
});
const form: ReadingForm = new ReadingForm(
	(opened) => (opened.channel === settings.channel ? begin(opened) : choose(opened)),
	(changed) => choose(changed),
);

function goOn(): void {
	if (!ready()) form.askChannel();
	else if (asked) token.focus();
	else session.resume();
}

function choose(next: Settings): void {
	settings = next;
	remember();
	session.choose(settings);
}

/** Opening the channel that is open already reads it anew. */
function begin(next: Settings): void {
	choose(next);
	session.begin();
}

function remember(): void {
	history.replaceState(undefined, "", writeSettings(settings));
	document.title = `${settings.channel} · Holdfast console`;
	showLines();
}

function showLines(): void {
	curl.show(settings.channel, settings.transport, beginnings[settings.begin], token.token !== undefined);
}

/** Takes the page to what its address says. */
function visit(take: (given: Settings) => void): void {
	const given = readSettings(location.hash);
	form.show(given);
	if (channelFault(given.channel) === undefined) {
		take(given);
		return;
	}
	session.pause();
	state.show({ is: "refused", why: "Choose a channel" }, given.transport);
}

addEventListener("hashchange", () => visit(choose));
messages.clear();
costs.draw();
visit(begin);
