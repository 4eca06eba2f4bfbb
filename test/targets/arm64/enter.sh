#!/bin/sh
# Runs a command in a root of another architecture, as its only world but for this project's folder:
#   enter.sh ROOT PROJECT COMMAND...
# To be started in a mount namespace and as the first process of a process namespace of its own: what it mounts and
# whatever the command leaves running is gone with it.
set -eu

root=$1
project=$2
shift 2

shown() {
  mkdir -p "$root$1"
  mount --bind "$1" "$root$1"
}

# Before the project, which may lie below it.
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
shown "$project"
# It may be a link to a place outside of the project.
shown "$(realpath "$project/node_modules")"
mount --bind "$project/dist/guestwire-arm64" "$root$project/dist/guestwire"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"

# Not with exec: the first process of a namespace has rules of its own for signals and orphans.
chroot "$root" /usr/bin/env -i \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/tmp LC_ALL=C.UTF-8 \
  sh -c 'cd "$1" && shift && exec "$@"' sh "$project" "$@"
