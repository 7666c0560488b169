/** Flask under gunicorn with gevent's workers, and a Redis of its own that is part of it. */
import { dirname } from "node:path";
import type { Access, Peer, Running } from "./peer.ts";
import { debianVersion, freePort, programPath, publishRequest, python, startProgram } from "./program.ts";

const accesses: readonly Access[] = [
	{ wire: "sse", path: (channel) => `/sse?channel=${channel}`, ready: ": joined" },
	{
		wire: "short poll",
		path: (channel) => `/messages?channel=${channel}`,
		past: (channel) => `/messages?channel=${channel}&after=0`,
		next: { from: ["cursor"], target: "&after=$0" },
	},
];

const packages = ["python3-flask", "gunicorn", "python3-gevent", "python3-redis", "redis-server"];

export const flask: Peer = {
	name: "Flask and Redis",
	source: `Debian ${packages.join(", ")}`,
	version() {
		const versions = packages.map(debianVersion);
		if (versions.includes(undefined)) return undefined;
		return packages.map((name, at) => `${name.replace("python3-", "")} ${versions[at]}`).join(", ");
	},
	accesses,
	// Each stream has a connection to Redis, whose default is 10,000 of them.
	maxReaders: 5000,
	publish: publishRequest,
	async start({ cores, workers = 1 }): Promise<Running> {
		const redisPort = await freePort();
		const redis = await startProgram({
			command: ["redis-server", "--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
			cores,
			port: redisPort,
		});
		try {
			const port = await freePort();
			const app = await startProgram({
				// As Debian's own script starts it, which may begin with another Python.
				command: [
					...[python, "-m", "gunicorn", "--worker-class", "gevent", "--workers", String(workers)],
					...["--worker-connections", "12000", "--bind", `127.0.0.1:${port}`, "--log-level", "error", "flask_redis:app"],
				],
				cores,
				port,
				children: workers,
				cwd: dirname(programPath("flask_redis.py")),
				env: { REDIS_PORT: String(redisPort), PYTHONDONTWRITEBYTECODE: "1" },
			});
			const end = async () => {
				await app.end();
				await redis.end();
			};
			return { port, pids: [...app.pids, ...redis.pids], end };
		} catch (error) {
			await redis.end();
			throw error;
		}
	},
};
