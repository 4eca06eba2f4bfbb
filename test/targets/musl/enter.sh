#!/bin/sh
# Runs a command with the musl build in the place of this machine's, and with a C++ library for musl where musl looks:
#   enter.sh LIBRARIES PROJECT COMMAND...
# To be started in a mount namespace of its own, which takes all of it along when it ends.
set -eu

libraries=$1
project=$2
shift 2

path_file=/etc/ld-musl-x86_64.path
mount -t tmpfs -o mode=0755 tmpfs "$libraries/mnt"
{ cat "$path_file" && echo && echo "$libraries"; } >"$libraries/mnt/path"
mount --bind "$libraries/mnt/path" "$path_file"
mount --bind "$project/dist/guestwire-x64-musl-baseline" "$project/dist/guestwire"
cd "$project"
exec "$@"
