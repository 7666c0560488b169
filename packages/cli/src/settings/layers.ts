/** The places that settings come from, each read into a layer. */
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { CommandError } from "../exit-codes.ts";
import { withFiles, withSecrets } from "./elsewhere.ts";
import type { Layer } from "./resolve.ts";
import { didYouMean } from "./suggest.ts";
import { envName, envPrefix, flagName, settings } from "./table.ts";

/** Names that other commands read, or that name the config file: no settings of `serve`, and no mistakes. */
const otherEnvNames = [`${envPrefix}CONFIG`, `${envPrefix}URL`, `${envPrefix}TOKEN`];

export function flagLayer(given: Readonly<Record<string, unknown>>): Layer {
	return { given, spell: flagName };
}

/** A misspelled name would be ignored in silence for ever, so every unknown one is refused. */
export function envLayer(env: Readonly<Record<string, string | undefined>>): Layer {
	const keys = new Map(settings.filter(({ fileOnly }) => !fileOnly).map(({ key }) => [envName(key), key]));
	const given: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(env)) {
		if (!name.startsWith(envPrefix) || otherEnvNames.includes(name) || value === undefined) continue;
		const key = keys.get(name);
		if (key === undefined) {
			// Compared without what they all share, which would make any two of them look alike.
			const bare = [...keys.keys()].map((known) => known.slice(envPrefix.length));
			const meant = didYouMean(name.slice(envPrefix.length), bare, (known) => envPrefix + known);
			throw new CommandError("usage", `unknown environment variable ${name}${meant}`);
		}
		// An empty variable is how containers and shells say that it is not set.
		if (value !== "") given[key] = value;
	}
	return { given, spell: envName };
}

/** A JSON object whose keys are the names of the settings; relative paths in it are taken from its own place. */
export function fileLayer(path: string, env: Readonly<Record<string, string | undefined>> = {}): Layer {
	const given = readConfig(path);
	if (given["schemas"] !== undefined) given["schemas"] = withFiles(given["schemas"], dirname(path));
	if (given["webhooks"] !== undefined) given["webhooks"] = withSecrets(given["webhooks"], env);
	for (const key of ["data", "tokenKey", "tlsCert", "tlsKey"]) {
		const named = given[key];
		if (typeof named === "string" && named !== "") given[key] = resolve(dirname(path), named);
	}
	return { given, spell: (key) => `"${key}" in ${basename(path)}` };
}

function readConfig(path: string): Record<string, unknown> {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new CommandError("usage", `cannot read the config file ${path}: ${(error as Error).message}`, { cause: error });
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new CommandError("usage", `the config file ${path} is not JSON: ${(error as Error).message}`, { cause: error });
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new CommandError("usage", `the config file ${path} holds no JSON object of settings`);
	}
	return value as Record<string, unknown>;
}
