#!/bin/busybox sh
# Loads the kernel's modules, mounts the first virtio disk and hands over to the init on it.

mount() { /bin/busybox mount "$@"; }

mount -t devtmpfs devtmpfs /dev
for module in $(/bin/busybox cat /modules); do
  /bin/busybox insmod "/modules.d/$module" || echo "switch-root: cannot load $module"
done
until [ -b /dev/vda ]; do
  /bin/busybox usleep 10000
done
mount -t ext4 /dev/vda /root
mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
