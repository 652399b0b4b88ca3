# What the scripts beside this one share. Sourced, never run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
tools=$root/.tools
pg_bin=/usr/lib/postgresql/15/bin
export LC_ALL=C.UTF-8
PATH=$tools/bin:$tools/node/node_modules/.bin:$root/node_modules/.bin:$PATH
command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
export PATH
# npm's own node does not know the authorities that this machine trusts.
[ ! -e "$tools/node" ] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}

say() { printf '%s\n' "$*" >&2; }

# die STATUS MESSAGE…
die() {
  local status=$1
  shift
  say "$@"
  exit "$status"
}

is_root() { [ "$(id -u)" = 0 ]; }

# One checksum over the paths and contents of the given files and folders.
checksum() { find "$@" -type f -print0 2>/dev/null | sort -z | xargs -0r sha256sum | sha256sum | cut -d' ' -f1; }

# Whether FILE holds VALUE: stamps tell a step that its inputs have not changed.
stamped() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# The version that Cargo.lock holds of CRATE.
locked_version() { awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock; }

# The folder under target/ that cargo uses for PROFILE.
profile_dir() { [ "$1" = dev ] && echo debug || echo "$1"; }

# Everything that is compiled for the server: frontend would switch on the browser's features.
native=(--workspace --exclude frontend)
