import { config, describeCases, mountsWith } from "./guest-cases.ts";

describeCases("a freeze", [
  {
    title: "a freeze that was not followed by a thaw",
    change: { "/run/qga.state.isfrozen": "" },
    id: "frozen",
    status: "failure",
    seen: /^\/var\/run\/qga\.state\.isfrozen is there/,
    advice: /guest-fsfreeze-thaw/,
  },
  {
    title: "nothing on a disk",
    change: { "/proc/self/mountinfo": "22 1 0:2 / / rw - rootfs rootfs rw\n" },
    id: "freeze",
    status: "info",
    seen: /holds up nothing/,
  },
  {
    title: "what is read-only is named",
    change: mountsWith("60 27 254:16 / /data ro - xfs /dev/vdb ro\n"),
    id: "freeze",
    status: "ok",
    seen: /^in this order: \/data \(read-only\), \/$/,
  },
  {
    title: "an EFI partition that is written to",
    change: mountsWith("60 27 254:16 / /efi rw - vfat /dev/vdb rw\n"),
    id: "freeze-unsupported",
    status: "info",
    seen: /\/efi \(vfat, \/dev\/vdb\)/,
  },
  {
    title: "NTFS by FUSE",
    change: mountsWith("60 27 254:16 / /win rw - fuseblk /dev/vdb rw\n"),
    id: "freeze-unsupported",
    status: "warning",
    seen: /\/win \(fuseblk, \/dev\/vdb\)/,
    advice: /power cut/,
  },
  {
    title: "ZFS, which has no device",
    change: mountsWith("60 27 0:70 / /tank rw - zfs tank rw\n"),
    id: "freeze-unsupported",
    status: "warning",
    seen: /\/tank \(zfs, tank\)/,
  },
  {
    title: "a share on which nothing hangs",
    change: mountsWith("60 27 0:50 / /srv rw - nfs4 server:/srv rw\n"),
    id: "freeze-network",
    status: "ok",
    seen: /\/srv \(nfs4, server:\/srv\)/,
  },
  {
    title: "a disk mounted below a share",
    change: mountsWith(
      "60 27 0:50 / /srv rw - nfs4 server:/srv rw\n61 60 254:16 / /srv/disk rw - ext4 /dev/vdb rw\n",
    ),
    id: "freeze-network",
    status: "warning",
    seen: /^\/srv\/disk is mounted below \/srv \(nfs4/,
  },
  {
    title: "an image file on a share",
    change: {
      ...mountsWith(
        "60 27 0:50 / /srv rw - nfs4 server:/srv rw\n61 27 7:0 / /img rw - ext4 /dev/loop0 rw\n",
      ),
      "/sys/dev/block/7:0": { link: "../../devices/virtual/block/loop0" },
      "/sys/devices/virtual/block/loop0/loop/backing_file": "/srv/disk.img\n",
    },
    id: "freeze-network",
    status: "warning",
    seen: /^\/img lies in \/srv\/disk\.img on \/srv/,
  },
  {
    title: "an image file on a disk",
    change: {
      ...mountsWith("61 27 7:0 / /img rw - ext4 /dev/loop0 rw\n"),
      "/sys/dev/block/7:0": { link: "../../devices/virtual/block/loop0" },
      "/sys/devices/virtual/block/loop0/loop/backing_file": "/var/disk.img\n",
    },
    id: "freeze-loop",
    status: "info",
    seen: /^\/img in \/var\/disk\.img: frozen first$/,
  },
  {
    title: "an overlay on a disk",
    change: mountsWith(
      "70 27 0:60 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/var/u,workdir=/var/w\n",
    ),
    id: "freeze-overlay",
    status: "ok",
    seen: /^1 overlay, /,
  },
  {
    title: "an overlay in memory",
    change: mountsWith(
      "70 27 0:60 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/run/u,workdir=/run/w\n",
    ),
    id: "freeze-overlay",
    status: "info",
    seen: /\/run\/u/,
  },
  {
    title: "a state folder on a disk",
    change: { ...config("statedir=/var/lib/guestwire\n"), "/var/lib/guestwire/.keep": "" },
    id: "freeze-state",
    status: "info",
    seen: /\/var\/lib\/guestwire is on a disk/,
  },
  {
    title: "a hook that is not there",
    change: config("fsfreeze-hook=/etc/qemu/fsfreeze-hook\n"),
    id: "freeze-hook",
    status: "failure",
    seen: /fsfreeze-hook is not there/,
  },
  {
    title: "a hook that cannot be executed",
    change: { ...config("fsfreeze-hook=/hook\n"), "/hook": { text: "#!/bin/sh\n", mode: 0o644 } },
    id: "freeze-hook",
    status: "failure",
    seen: /cannot be executed/,
  },
  {
    title: "a part of the hook that others can change",
    change: {
      ...config("fsfreeze-hook=/hook\n"),
      "/hook": { text: "#!/bin/sh\n", mode: 0o755 },
      "/hook.d/mysql": { text: "#!/bin/sh\n", mode: 0o777 },
    },
    id: "freeze-hook",
    status: "failure",
    seen: /others than root can change \/hook\.d\/mysql/,
  },
]);
