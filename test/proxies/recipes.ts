/** The recipes of `docs/proxies.md`, with nothing but their ports and paths changed, and what a test says it changes. */
import { readFileSync } from "node:fs";
import { makeCertificate, type Place, type ProxyName, type RunningProxy, replaceIn, startProxy } from "../support/proxies.ts";

export type Changes = Readonly<Record<string, string>>;

const recipe = (name: string) => readFileSync(new URL(`../../docs/proxies/${name}`, import.meta.url), "utf8");

export const recipes: Readonly<Record<ProxyName, { readonly text: string; place(at: Place): Changes }>> = {
	nginx: {
		text: recipe("nginx.conf"),
		place: ({ port, folder }) => ({
			"listen 443": `listen 127.0.0.1:${port}`,
			"/etc/ssl/certs/example.com.pem": `${folder}/cert.pem`,
			"/etc/ssl/private/example.com.key": `${folder}/key.pem`,
		}),
	},
	haproxy: {
		text: recipe("haproxy.cfg"),
		place: ({ port, folder }) => ({
			"bind :443": `bind 127.0.0.1:${port}`,
			"/etc/haproxy/example.com.pem": `${folder}/both.pem`,
		}),
	},
	caddy: {
		text: recipe("Caddyfile"),
		// It fetches a certificate for a name by itself, and here there is no name.
		place: ({ port, folder }) => ({
			"example.com {": `https://127.0.0.1:${port} {\n\ttls ${folder}/cert.pem ${folder}/key.pem`,
		}),
	},
};

export function startRecipe(name: ProxyName, upstream: string, changes: Changes = {}): Promise<RunningProxy> {
	return startProxy(name, upstream, (at) => {
		makeCertificate(at.folder);
		const { text, place } = recipes[name];
		const all = { "127.0.0.1:8080": upstream, ...place(at), ...changes };
		return Object.entries(all).reduce((changed, [from, to]) => replaceIn(changed, from, to), text);
	});
}
