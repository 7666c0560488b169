/** What a config file names instead of holding it. What is of another form is left to the table, which refuses it. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "../exit-codes.ts";

/** A schema may be the path of a file, from the config file on. */
export function withFiles(schemas: unknown, folder: string): unknown {
	if (typeof schemas !== "object" || schemas === null) return schemas;
	const read = ([pattern, schema]: [string, unknown]) => [
		pattern,
		typeof schema === "string" ? readSchema(resolve(folder, schema)) : schema,
	];
	return Object.fromEntries(Object.entries(schemas).map(read));
}

/** A secret may be `env:NAME`, so that the file can be shown to others. */
export function withSecrets(webhooks: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
	if (!Array.isArray(webhooks)) return webhooks;
	return webhooks.map((webhook: unknown) => {
		const { secret } = (webhook ?? {}) as { secret?: unknown };
		if (typeof secret !== "string" || !secret.startsWith("env:")) return webhook;
		const name = secret.slice("env:".length);
		const value = env[name];
		if (value === undefined || value === "")
			throw new CommandError("usage", `"webhooks" takes a secret from ${name}, which is not set`);
		return { ...(webhook as object), secret: value };
	});
}

function readSchema(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch (cause) {
		throw new CommandError("usage", `cannot read the schema ${path}: ${(cause as Error).message}`, { cause });
	}
}
