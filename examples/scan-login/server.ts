/** Scan login: a phone that has the secret says who it is, and only the browser that asked for the secret is signed in. */
import type { IncomingMessage } from "node:http";
import { alone, body, type Example, kept, nameField, problem, readableName, session, site } from "@holdfast/kit/server";
import { createHoldfast } from "@holdfast/server";
import { bySecret, type Code, type Codes, deviceOf, open, random, withNew, without } from "./codes.ts";

const secret = { type: "string", pattern: "^[\\w-]{43}$" };

/** `codeFor`: milliseconds that a code can be used. */
export function scanLoginFor({ codeFor }: { readonly codeFor: number }): Example {
	return async (app, { log, drainTime }) => {
		const browsers = session(app, "browser");
		const people = session(app, "person");
		const ofBrowser = (request: Pick<IncomingMessage, "headers">) => {
			const browser = browsers.of(request);
			return open(codes.value).find((code) => code.browser === browser);
		};
		const holdfast = createHoldfast({
			log,
			drainTime,
			prefix: app.prefix,
			authorize(request, channel, action) {
				const code = ofBrowser(request);
				return action === "read" && code !== undefined && channel === `scan-login.wait.${code.wait}`;
			},
		});
		await site(app, import.meta.url, holdfast);
		const codes = await kept<Codes>(log, holdfast, "scan-login.codes", []);
		const tell = ({ wait }: Code) => holdfast.publish(`scan-login.wait.${wait}`, "confirmed");
		// The process may have ended between a confirmation and the telling of it.
		for (const code of open(codes.value)) if (code.name !== undefined) await tell(code);

		app.get("/me", async (request, reply) => {
			reply.header("Cache-Control", "no-store");
			return { name: people.of(request) ?? null };
		});

		app.post("/codes", async (request, reply) => {
			const browser = browsers.of(request) ?? random(16);
			const [secret, wait] = [random(32), random(16)];
			const device = deviceOf(request.headers["user-agent"] ?? "");
			await codes.change((all) => withNew(all, secret, { browser, device, wait, until: Date.now() + codeFor }));
			browsers.set(reply, browser);
			return { secret, browser, wait, left: codeFor };
		});

		app.post<{ Body: { secret: string } }>("/look", body({ secret }), async (request) => {
			return { device: bySecret(codes.value, request.body.secret).device };
		});

		app.post<{ Body: { secret: string; name: string } }>("/confirm", body({ secret, name: nameField }), async (request) => {
			const name = readableName(request.body.name);
			const code = bySecret(codes.value, request.body.secret);
			await codes.change((all) => {
				// Another may have been first while this one waited.
				const unused = bySecret(all, request.body.secret);
				return all.map((other) => (other === unused ? { ...unused, name } : other));
			});
			await tell(code);
			return {};
		});

		// By the cookie of the browser that asked: who has only seen the code is not signed in by it. Where the answer was lost
		// it may be asked for again, until the code is too old.
		app.post("/claim", async (request, reply) => {
			const name = ofBrowser(request)?.name;
			if (name === undefined) throw problem(410, "Nobody has confirmed this, or it was too long ago. Show a new code.");
			people.set(reply, name);
			return { name };
		});

		app.post("/sign-out", async (request, reply) => {
			if (ofBrowser(request) !== undefined) await codes.change((all) => without(all, browsers.of(request)));
			people.clear(reply);
			return {};
		});
	};
}

export const scanLogin = scanLoginFor({ codeFor: 60_000 });

export const app = alone("/scan-login", scanLogin);
