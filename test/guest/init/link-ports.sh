#!/bin/sh
# Keeps /dev/virtio-ports as udev would: one link for each named port, none to a port that is gone.

case "${SUBSYSTEM:-virtio-ports}" in
virtio-ports) ;;
*) exit 0 ;;
esac

for link in /dev/virtio-ports/*; do
  [ -e "$link" ] || rm -f "$link"
done
for name_file in /sys/class/virtio-ports/*/name; do
  [ -e "$name_file" ] || continue
  name=$(cat "$name_file")
  device=${name_file%/name}
  device=${device##*/}
  [ -z "$name" ] || ln -sfn "../$device" "/dev/virtio-ports/$name"
done
