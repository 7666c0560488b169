#!/usr/bin/env bash
# Installs what the bench compares Holdfast with, beyond npm, from Debian's packages:
#   nginx, libnginx-mod-nchan        Nchan
#   python3-tornado                  Tornado
#   python3-gevent                   gevent
#   python3-flask, python3-redis, gunicorn, redis-server   Flask and Redis
#   gcc, libc6-dev                   compiles the loop of bare send() calls
# Asks for nothing that is there already, so it is quick the second time. A peer that cannot be installed is no failure:
# the report says "not installed", and the others are measured.
set -euo pipefail
. "$(dirname "$0")/debian.sh"

missing=()
services=()
command -v nginx >/dev/null || services+=(nginx)
command -v redis-server >/dev/null || services+=(redis-server)
[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || missing+=(libnginx-mod-nchan)
# Debian's packages for Python are seen by Debian's Python only, whichever else is in the PATH.
for module in tornado gevent flask redis; do
	/usr/bin/python3 -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$module') is None)" 2>/dev/null ||
		missing+=("python3-$module")
done
[ -x /usr/bin/gunicorn ] || missing+=(gunicorn)
command -v cc >/dev/null || missing+=(gcc libc6-dev)
missing+=("${services[@]}")

if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi

if ! may_install; then
	echo "Left out of the comparison, since installing takes apt-get, and root or sudo: ${missing[*]}" >&2
	exit 0
fi

echo "Installing what the bench compares with: ${missing[*]}"
# A module brings its server along.
keep_off "${missing[@]}"
update_lists || true
# One by one: what this machine's archive does not have leaves out its own peer only.
for package in "${missing[@]}"; do
	install_packages "$package" || echo "Not installed, and left out of the comparison: $package" >&2
done
disable_services "${services[@]}" || true
