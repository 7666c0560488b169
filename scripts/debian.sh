# Sourced by those who install Debian's packages. Of what is installed only the programs are used: services stay off.

# Debian keeps servers where only root looks.
PATH=$PATH:/usr/sbin
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

may_install() {
	command -v apt-get >/dev/null && { [ ${#as_root[@]} -eq 0 ] || command -v sudo >/dev/null; }
}

# Those whose packages are servers, by name, before anything is installed. A service that is installed is started, and nginx would
# take port 80. A policy that is there already is the machine's own.
keep_off() {
	policy=/usr/sbin/policy-rc.d
	[ $# -gt 0 ] && [ ! -e "$policy" ] || return 0
	trap '"${as_root[@]}" rm -f "$policy"' EXIT
	printf '#!/bin/sh\n# While Holdfast installs what it tests or measures with.\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod +x "$policy"
}

update_lists() {
	"${as_root[@]}" apt-get update -qq
}

install_packages() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# Nor are they to start with the machine.
disable_services() {
	[ $# -gt 0 ] && command -v systemctl >/dev/null || return 0
	"${as_root[@]}" systemctl disable --quiet "$@"
}
