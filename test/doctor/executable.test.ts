import { describeCases } from "./guest-cases.ts";

describeCases("the executable", [
  {
    title: "an old processor model",
    change: {
      "/proc/cpuinfo":
        "model name\t: QEMU Virtual CPU version 2.5+\nflags\t\t: fpu sse sse2 pni cx16 lm\n",
    },
    id: "cpu",
    status: "failure",
    seen: /^QEMU Virtual CPU version 2\.5\+ lacks lahf_lm, popcnt, sse4_1, sse4_2, ssse3/,
    advice: /Proxmox VE.*libvirt.*KubeVirt/,
  },
  {
    title: "a processor of arm64",
    change: { "/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd\n" },
    id: "cpu",
    status: "ok",
    seen: /^a processor without a name$/,
  },
  {
    title: "an old kernel",
    change: { "/proc/sys/kernel/osrelease": "4.18.0-553.el8.x86_64\n" },
    id: "kernel",
    status: "warning",
    seen: /4\.18/,
  },
  {
    title: "a kernel that is too old",
    change: { "/proc/sys/kernel/osrelease": "3.10.0-1160.el7.x86_64\n" },
    id: "kernel",
    status: "failure",
    seen: /statx/,
  },
]);
