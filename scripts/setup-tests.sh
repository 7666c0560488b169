#!/usr/bin/env bash
# Installs what the tests need beyond npm: clients and proxies that nobody here wrote, and a tracer of system calls.
#   chromium           the browser's own EventSource and WebSocket
#   python3-websocket  Debian's WebSocket client for Python
#   curl               polls and event streams from the shell
#   strace             shows that an answer leaves only after the flush
#   openssl            makes the certificates that proxies are tried with
#   nginx, haproxy, caddy  the proxies that people put in front
#   redis-server       the log of several nodes
# Of these only the programs are used, their services stay off.
# Asks for nothing that is there already, so it is quick the second time.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
/usr/bin/python3 -c 'import websocket' 2>/dev/null || missing+=(python3-websocket)
command -v curl >/dev/null || missing+=(curl)
command -v strace >/dev/null || missing+=(strace)
command -v openssl >/dev/null || missing+=(openssl)

# Debian keeps servers where only root looks.
PATH=$PATH:/usr/sbin
services=()
for service in nginx haproxy caddy redis-server; do
	command -v "$service" >/dev/null || services+=("$service")
done
missing+=("${services[@]}")

if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	as_root=(sudo)
fi
if ! command -v apt-get >/dev/null || { [ ${#as_root[@]} -gt 0 ] && ! command -v sudo >/dev/null; }; then
	echo "The tests need these, and they cannot be installed from here (that takes apt-get, and root or sudo): ${missing[*]}" >&2
	exit 1
fi

echo "Installing what the tests need: ${missing[*]}"
# A service that is installed is started, and nginx would take port 80. A policy that is there already is the machine's own.
policy=/usr/sbin/policy-rc.d
if [ ${#services[@]} -gt 0 ] && [ ! -e "$policy" ]; then
	trap '"${as_root[@]}" rm -f "$policy"' EXIT
	printf '#!/bin/sh\n# While the tests of Holdfast install what they need.\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod +x "$policy"
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
# Nor are they to start with the machine.
if [ ${#services[@]} -gt 0 ] && command -v systemctl >/dev/null; then
	"${as_root[@]}" systemctl disable --quiet "${services[@]}"
fi
