/** Several nodes behind nginx, which gives each request to the next of them. */
import { startProxy } from "../support/proxies.ts";
import { type RunningServer, startServer } from "../support/server.ts";

export interface Nodes {
	readonly all: readonly RunningServer[];
	/** `http://127.0.0.1:<port>` of nginx. */
	readonly front: string;
	close(): Promise<void>;
}

/** A node for each address of Redis. */
export async function startNodes(redis: readonly string[], drainTime = "2s"): Promise<Nodes> {
	const kept = ["--retention-messages", "1000000", "--retention-bytes", "1GiB"];
	const start = (url: string) => startServer({ args: ["--redis", url, "--drain-time", drainTime, ...kept] });
	const all = await Promise.all(redis.map(start));
	const proxy = await startProxy("nginx", "", ({ port }) => config(port, all));
	return {
		all,
		front: `http://127.0.0.1:${proxy.port}`,
		async close() {
			await proxy.stop();
			await Promise.all(all.map((node) => node.kill()));
		},
	};
}

/** The recipe of `docs/proxies.md` without TLS, and a node that is away is tried again after a second. */
function config(port: number, nodes: readonly RunningServer[]): string {
	const servers = nodes.map((node) => `server 127.0.0.1:${node.port} max_fails=1 fail_timeout=1s;`);
	return `
worker_processes 1;
events { worker_connections 4096; }
http {
	map $http_upgrade $connection_header { default upgrade; "" ""; }
	upstream holdfast {
		${servers.join("\n\t\t")}
		keepalive 64;
		keepalive_timeout 4s;
	}
	server {
		listen 127.0.0.1:${port};
		large_client_header_buffers 4 48k;
		location / {
			proxy_pass http://holdfast;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_header;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_connect_timeout 2s;
			proxy_read_timeout 60s;
		}
	}
}
`;
}
