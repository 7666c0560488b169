/** The gallery: all examples in one place, each in a folder of its own. */
import { backend } from "@holdfast/example-backend";
import { chat } from "@holdfast/example-chat";
import { echo } from "@holdfast/example-echo";
import { letters } from "@holdfast/example-letters";
import { notify } from "@holdfast/example-notify";
import { scores } from "@holdfast/example-scores";
import { support } from "@holdfast/example-support";
import { site, together } from "@holdfast/kit/server";

export const app = together({
	"/": (app) => site(app, import.meta.url),
	"/backend": backend,
	"/chat": chat,
	"/echo": echo,
	"/letters": letters,
	"/notify": notify,
	"/scores": scores,
	"/support": support,
});
