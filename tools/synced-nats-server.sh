#!/usr/bin/env bash
# Fetches a nats-server that knows `sync_interval: always` (2.10.27 or later) from Debian's next suite, through apt and its
# keys, into a cache folder, and prints its path. Installs nothing on the machine. Usage: tools/synced-nats-server.sh
set -euo pipefail

suite=trixie
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nautilus/nats-server-$suite
server=$cache/usr/sbin/nats-server

if ! "$server" --version >/dev/null 2>&1; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$cache"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  apt=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache")
  for attempt in 1 2 3; do
    apt-get "${apt[@]}" update >&2 && (cd "$work" && apt-get "${apt[@]}" download nats-server >&2) && break
    echo "apt-get did not succeed (attempt $attempt of 3)." >&2
  done
  dpkg -x "$work"/nats-server_*.deb "$cache"
  "$server" --version >&2
fi
echo "$server"
