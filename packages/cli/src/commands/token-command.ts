import { Command, Option } from "commander";
import type { Io } from "../io.ts";
import { say } from "../io.ts";
import { makeToken, type TokenRequest } from "../token/token.ts";
import { patternList, timeArgument } from "./arguments.ts";

interface Flags extends Omit<TokenRequest, "secret"> {
	readonly secret?: string;
}

export function tokenCommand(io: Io): Command {
	return new Command("token")
		.summary("make a token to try rights with")
		.description(
			"Make a JSON Web Token as holdfast serve believes it, and print it. In earnest your own server makes them, when a user signs in.",
		)
		.addOption(new Option("--secret <secret>", "Sign with this secret (HS256). (environment: HOLDFAST_TOKEN_SECRET)"))
		.addOption(new Option("--key <file>", "Sign with the private key in this PEM file.").conflicts("secret"))
		.option("--sub <name>", "Whom it names.")
		.option(
			"--read <pattern...>",
			"Channels that it may read: names, with * at the end for any rest, {sub} for the subject.",
			patternList,
		)
		.option("--publish <pattern...>", "Channels that it may publish to.", patternList)
		.option("--admin", "May administer.")
		.option("--expires <time>", "How long it is good. (default: 1h)", timeArgument)
		.option("--issuer <name>", "Its iss.")
		.option("--audience <name>", "Its aud.")
		.option("--id <id>", "Its jti, by which it can be revoked.")
		.addHelpText("after", examples)
		.action(async (flags: Flags) => {
			const secret = flags.key === undefined ? (flags.secret ?? io.env["HOLDFAST_TOKEN_SECRET"]) : undefined;
			say(io.stdout, await makeToken({ ...flags, secret }, io.now()));
		});
}

const examples = `
Examples:
  export HOLDFAST_TOKEN_SECRET=$(openssl rand -hex 32)
  holdfast serve &
  HOLDFAST_TOKEN=$(holdfast token --sub ann --read 'chat.*' --publish chat.lobby) holdfast tail chat.lobby`;
