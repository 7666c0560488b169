#!/usr/bin/env bash
# Installs what the tests need beyond npm: clients that nobody here wrote, and a tracer of system calls.
#   chromium           the browser's own EventSource and WebSocket
#   python3-websocket  Debian's WebSocket client for Python
#   curl               polls and event streams from the shell
#   strace             shows that an answer leaves only after the flush
# Asks for nothing that is there already, so it is quick the second time.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
/usr/bin/python3 -c 'import websocket' 2>/dev/null || missing+=(python3-websocket)
command -v curl >/dev/null || missing+=(curl)
command -v strace >/dev/null || missing+=(strace)

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
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
