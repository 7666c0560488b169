#!/usr/bin/env bash
# Installs what the tests need beyond npm: clients and proxies that nobody here wrote, and a tracer of system calls.
#   chromium           the browser's own EventSource and WebSocket
#   python3-websocket  Debian's WebSocket client for Python
#   curl               polls and event streams from the shell
#   strace             shows that an answer leaves only after the flush
#   openssl            makes the certificates that proxies are tried with
#   nginx, haproxy, caddy  the proxies that people put in front
#   redis-server       the log of several nodes
# Asks for nothing that is there already, so it is quick the second time.
set -euo pipefail
. "$(dirname "$0")/debian.sh"

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
/usr/bin/python3 -c 'import websocket' 2>/dev/null || missing+=(python3-websocket)
command -v curl >/dev/null || missing+=(curl)
command -v strace >/dev/null || missing+=(strace)
command -v openssl >/dev/null || missing+=(openssl)

services=()
for service in nginx haproxy caddy redis-server; do
	command -v "$service" >/dev/null || services+=("$service")
done
missing+=("${services[@]}")

if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi

if ! may_install; then
	echo "The tests need these, and they cannot be installed from here (that takes apt-get, and root or sudo): ${missing[*]}" >&2
	exit 1
fi

echo "Installing what the tests need: ${missing[*]}"
keep_off "${services[@]}"
update_lists
install_packages "${missing[@]}"
disable_services "${services[@]}"
