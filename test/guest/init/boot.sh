#!/bin/sh
# Runs once, before anything else: what an initramfs, udev and a service manager would do, as little as the tests need.

export PATH=/bin:/sbin:/usr/bin:/usr/sbin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
mkdir -p /dev/pts /dev/shm /dev/virtio-ports
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=0755 tmpfs /run
ln -s /proc/self/fd /dev/fd
mkdir -p /run/kit /var
ln -s ../run /var/run

hostname -F /etc/hostname
ip link set lo up

for module in $(cat /kit/modules); do
  insmod "/kit/modules.d/$module" || echo "guest kit: cannot load $module"
done

# As an initramfs does: wakes up what was hibernated to this device, if anything was, and does not come back then.
for word in $(cat /proc/cmdline); do
  case "$word" in
  kit.resume=*) cat "/sys/class/block/${word#*=}/dev" >/sys/power/resume || true ;;
  esac
done

# Serves ports that are plugged in later. Those there already may be missed, hence the scan below.
uevent /kit/link-ports &

# The kernel learns the name of a port from a message of the host, some time after the module is loaded.
missing=yes
while [ -n "$missing" ]; do
  /kit/link-ports
  missing=
  for name in $(cat /kit/ports); do
    [ -e "/dev/virtio-ports/$name" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || usleep 10000
done
