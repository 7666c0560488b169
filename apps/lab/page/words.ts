/** What the page says of each column. */
import type { Column, Form } from "../shared/lab.ts";

export const names: Readonly<Record<Column, string>> = {
	"short-poll": "Short poll",
	"long-poll": "Long poll",
	sse: "SSE",
	websocket: "WebSocket",
};

export const explanations: Readonly<Record<Column, Readonly<Record<Form, string>>>> = {
	"short-poll": {
		holdfast:
			"Asks now and then for all that follows its cursor. A message waits for the next request, half an interval on average, " +
			"and each request is paid for whether it brings anything or not. What comes between two requests stays in the log.",
		hold:
			"Each request is answered with the newest message. What came between two requests is lost, and where nothing came the " +
			"newest comes once more: it has no cursor that would tell.",
		queue:
			"Each request empties the user's queue. A second reader of this user takes messages away from the first. What was on " +
			"its way at a cut, or in the queue at a restart, is gone.",
	},
	"long-poll": {
		holdfast:
			"A request is held until there is something, and the next one follows at once. What comes in between is not missed: " +
			"the next request says after which message. At a high rate one answer brings several, and it becomes cheaper.",
		hold:
			"Whoever is held gets the next message. What comes before they are held again is lost. Raise the rate, add a delay, " +
			"or cut the line.",
		queue:
			"What comes while nobody is held is queued for the user. Of two readers of this user one gets each message. An answer " +
			"that is cut takes its messages with it, and a restart takes the queue.",
	},
	sse: {
		holdfast:
			"One answer without end, to which each message is added with its cursor as the id. After a cut the next request begins " +
			"there. One request, few bytes, and one of the browser's six connections for as long as it lasts.",
		hold:
			"Events have no id. The browser comes back by itself, some three seconds after a cut, and what came meanwhile is lost " +
			"to it, without a word.",
		queue:
			"The stream that came last is the user's: another reader of this user gets nothing more. What was written to a " +
			"stream that was cut is gone, and so is the queue at a restart.",
	},
	websocket: {
		holdfast:
			"One request becomes a connection for both sides. A message is a frame whose head has two to four bytes. A WebSocket " +
			"alone resumes nothing: after a cut the client subscribes again with its cursor, which is what the log is for.",
		hold: "A broadcast to those who are connected. The script comes back a second after a cut, and what came meanwhile is lost.",
		queue:
			"The socket that came last is the user's: another reader of this user gets nothing more. What was sent into a " +
			"connection that was cut is gone, and so is the queue at a restart.",
	},
};
