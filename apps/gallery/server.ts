/** The gallery: all examples in one place, each in a folder of its own. */
import { backend } from "@holdfast/example-backend";
import { cart } from "@holdfast/example-cart";
import { chat } from "@holdfast/example-chat";
import { echo } from "@holdfast/example-echo";
import { letters } from "@holdfast/example-letters";
import { notify } from "@holdfast/example-notify";
import { progress } from "@holdfast/example-progress";
import { scanLogin } from "@holdfast/example-scan-login";
import { scores } from "@holdfast/example-scores";
import { support } from "@holdfast/example-support";
import { vote } from "@holdfast/example-vote";
import { site, together } from "@holdfast/kit/server";
import { lab } from "@holdfast/lab";

export const app = together({
	"/": (app) => site(app, import.meta.url),
	"/backend": backend,
	"/cart": cart,
	"/chat": chat,
	"/echo": echo,
	"/lab": lab,
	"/letters": letters,
	"/notify": notify,
	"/progress": progress,
	"/scan-login": scanLogin,
	"/scores": scores,
	"/support": support,
	"/vote": vote,
});
