import { describeCases } from "./guest-cases.ts";

describeCases("power", [
  {
    title: "too little swap",
    change: {
      "/proc/swaps":
        "Filename\n/dev/vda3 partition 1024 0 -2\n/dev/zram0 partition 9999999 0 100\n",
    },
    id: "hibernate",
    status: "info",
    seen: /^1 MiB of swap for 1000 MiB of memory/,
  },
]);
