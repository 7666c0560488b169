import { Command, Option } from "commander";
import type { Io } from "../io.ts";
import { envLayer, fileLayer, flagLayer } from "../settings/layers.ts";
import { resolveSettings } from "../settings/resolve.ts";
import { flagName, settings } from "../settings/table.ts";

export function serveCommand(io: Io, version: string): Command {
	const command = new Command("serve")
		.summary("run a server")
		.description("Run a server that keeps messages, in a folder by default, and serves them over polls, SSE and WebSocket.")
		.addHelpText("after", examples);
	for (const { key, argument, sentence, group, fileOnly } of settings) {
		if (fileOnly) continue;
		const flags = argument === undefined ? flagName(key) : `${flagName(key)} ${argument}`;
		command.addOption(new Option(flags, sentence).helpGroup(group));
	}
	return command
		.addOption(new Option("--config <file>", "A JSON file of settings. (environment: HOLDFAST_CONFIG)").helpGroup("Settings:"))
		.action(async ({ config = io.env["HOLDFAST_CONFIG"], ...flags }: { config?: string }) => {
			const file = config === undefined || config === "" ? [] : [fileLayer(config, io.env)];
			// Metrics and logs are a weight that no other command is to carry.
			const { serve } = await import("../serve/serve.ts");
			await serve(resolveSettings([...file, envLayer(io.env), flagLayer(flags)]), version, io);
		});
}

const examples = `
Each setting comes from, the later the stronger: its default, the config file ("pingInterval": "30s"), the environment
(HOLDFAST_PING_INTERVAL=30s), the flag (--ping-interval 30s). Times take ms, s, m, h, d and sizes B, KiB, MiB, GiB; a plain
number is milliseconds or bytes.

SIGTERM and SIGINT end it: readers are sent away to come back, publishes under way finish. A second signal ends it at once.

Examples:
  holdfast serve
  holdfast serve --memory --port 0
  holdfast serve --workers 4 --data /var/lib/holdfast
  holdfast serve --host 0.0.0.0 --token-jwks https://login.example.org/keys --cors https://example.org
  HOLDFAST_DATA=/data holdfast serve --config holdfast.json`;
