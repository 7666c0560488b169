/** What people write who know nothing of streams: the shortest config that shows a page. */
import type { Place } from "../support/proxies.ts";

export const nginx = ({ port, upstream }: Place, more = "") => `
events {}
http {
	server {
		listen 127.0.0.1:${port};
		location / {
			proxy_pass http://${upstream};
			${more}
		}
	}
}
`;

/** The time-outs are those of the file that Debian installs. */
export const haproxy = ({ port, upstream }: Place) => `
defaults
	mode http
	timeout connect 5000
	timeout client 50000
	timeout server 50000
listen web
	bind 127.0.0.1:${port}
	server app ${upstream}
`;

export const caddy = ({ port, upstream }: Place) => `
http://:${port} {
	reverse_proxy ${upstream}
}
`;
