/** The settings that say who may do what, and the rights that they make. */
import { readFileSync } from "node:fs";
import type { ApiKey, HookOptions, RightsOptions, TokenAlgorithm, TokenIssuer } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";
import { list, type Setting, type SettingValue, text, yesOrNo } from "./setting.ts";
import { amountHints, parseAmount } from "./units.ts";

const algorithms: readonly TokenAlgorithm[] = ["HS256", "RS256", "ES256", "EdDSA"];
const group = "Who may do what:";

export const rightsSettings: readonly Setting[] = [
	{
		key: "open",
		group,
		sentence:
			"Let whoever reaches the port read and publish everything, where no rights are configured. (default: this machine alone)",
		read: yesOrNo,
		takes: "true or false",
	},
	{
		key: "tokenSecret",
		group,
		argument: "<secret>",
		sentence:
			"Believe JSON Web Tokens signed by this secret of at least 32 bytes (HS256). Better in the environment, which ps does not show.",
		read: (given) => (typeof given === "string" && given !== "" ? given : undefined),
		takes: "a secret",
	},
	named(
		"tokenKey",
		"<file>",
		"Believe JSON Web Tokens signed by the key whose public half this PEM file holds.",
		"the path of a PEM file",
	),
	named("tokenJwks", "<url>", "Believe JSON Web Tokens signed by a key of the JSON Web Key Set at this URL.", "a URL"),
	{
		key: "tokenAlgorithms",
		group,
		argument: "<name...>",
		sentence: `Of the algorithms that the key is good for, only these: ${algorithms.join(", ")}. (default: all of them)`,
		read: (given) => list(given, (name) => algorithms.includes(name as TokenAlgorithm)),
		takes: algorithms.join(", "),
	},
	named("tokenIssuer", "<name>", "What a token's iss must be. (default: anything)", "a name"),
	{
		key: "tokenAudience",
		group,
		argument: "<name...>",
		sentence: "A token's aud must name one of these. (default: anything)",
		read: (given) => list(given),
		takes: "names",
	},
	named("tokenCookie", "<name>", "The cookie that may bear a token. (default: none)", "the name of a cookie"),
	patterns("publicRead", "Channels that everybody may read: names, with * at the end for any rest. (default: none)"),
	patterns("publicPublish", "Channels that everybody may publish to. (default: none)"),
	named("hookUrl", "<url>", "Ask this URL for what nothing else allows. (default: none)", "a URL"),
	{
		key: "hookTimeout",
		group,
		argument: "<time>",
		sentence: "How long the hook may take to answer; then it is a refusal. (default: 2s; 100ms to 1m)",
		read: (given) => {
			const time = typeof given === "string" ? parseAmount(given, "ms") : given;
			return typeof time === "number" && time >= 100 && time <= 60_000 ? time : undefined;
		},
		takes: `${amountHints.ms}, 100ms to 1m`,
	},
	{
		key: "apiKeys",
		group,
		fileOnly: true,
		sentence:
			'Back ends and what they may: [{ "name", "hash", "read", "publish", "admin" }], as holdfast key prints them. (default: none)',
		read: (given) =>
			Array.isArray(given) && given.every((one) => typeof one === "object" && one !== null) ? (given as object[]) : undefined,
		takes: "a list of objects",
	},
];

/**
 * The rights that are configured, undefined where none are.
 *
 * @throws CommandError for a key file that cannot be read, and for details of what is not there.
 */
export function rightsOf(values: ReadonlyMap<string, SettingValue>): RightsOptions | undefined {
	const [secret, keyFile, jwks] = ["tokenSecret", "tokenKey", "tokenJwks"].map((key) => values.get(key) as string | undefined);
	const named = [secret, keyFile, jwks].filter((source) => source !== undefined).length;
	if (named > 1) throw new CommandError("usage", "of tokenSecret, tokenKey and tokenJwks there can be one");
	const stray = ["tokenAlgorithms", "tokenIssuer", "tokenAudience", "tokenCookie"].find((key) => values.has(key));
	if (named === 0 && stray !== undefined) {
		throw new CommandError("usage", `${stray} is about tokens: say whose by tokenSecret, tokenKey or tokenJwks`);
	}
	const source = { ...defined("secret", secret), ...(keyFile && { key: readKey(keyFile) }), ...defined("jwks", jwks) };
	const details = {
		...defined("algorithms", values.get("tokenAlgorithms")),
		...defined("issuer", values.get("tokenIssuer")),
		...defined("audience", values.get("tokenAudience")),
	};
	const hook = { ...defined("url", values.get("hookUrl")), ...defined("timeout", values.get("hookTimeout")) };
	const open = { ...defined("read", values.get("publicRead")), ...defined("publish", values.get("publicPublish")) };
	const rights: RightsOptions = {
		...(named === 0 ? {} : { tokens: { ...source, ...details } as TokenIssuer }),
		...(defined("cookie", values.get("tokenCookie")) as { cookie?: string }),
		...(values.has("apiKeys") ? { apiKeys: values.get("apiKeys") as unknown as readonly ApiKey[] } : {}),
		...(Object.keys(open).length === 0 ? {} : { public: open }),
		...(values.has("hookUrl") ? { hook: hook as unknown as HookOptions } : {}),
	};
	return Object.keys(rights).length === 0 ? undefined : rights;
}

function defined(name: string, value: SettingValue | undefined): Record<string, SettingValue> {
	return value === undefined ? {} : { [name]: value };
}

function readKey(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		throw new CommandError("usage", `cannot read the key file ${path}: ${describe(cause)}`, { cause });
	}
}

function named(key: string, argument: string, sentence: string, takes: string): Setting {
	return {
		key,
		group,
		argument,
		sentence,
		read: text,
		takes,
	};
}

function patterns(key: string, sentence: string): Setting {
	return {
		key,
		group,
		argument: "<pattern...>",
		sentence,
		read: (given) => list(given),
		takes: "patterns such as chat.*",
	};
}
