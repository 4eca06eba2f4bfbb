import type { Fault } from "./fault.ts";

const shownBy = "test/guest/faults.test.ts";

/** What only a guest of one's own can be put through. */
export const guestFaults = {
  "port-unplugged": {
    fault: "the port is taken away under load, with --retry-path, and plugged in again",
    ours: "the same process serves again; 1 descriptor of the port",
    reference: "the same process serves again; 1 descriptor of the port",
    shownBy,
  },
  "killed-under-load": {
    fault: "the agent is killed (SIGKILL) while the host floods it, and started again",
    ours: "the host that stayed is in sync after one 0xFF",
    reference: "the host that stayed is in sync after one 0xFF",
    shownBy,
  },
  "killed-frozen": {
    fault: "the agent is killed (SIGKILL) while file systems are frozen, and started again",
    ours: "says that it is frozen; thaws 1, which can be written to",
    reference: "says that it is frozen; thaws 1, which can be written to",
    shownBy,
  },
  "clock-jumps": {
    fault:
      "the clock goes forward by 10 years and back by 30 while a program runs and another's result waits",
    ours: "pings are answered; both programs are told as ended",
    reference: "pings are answered; both programs are told as ended",
    shownBy,
  },
  "out-of-memory": {
    fault: "a program of guest-exec uses up all memory of the guest",
    ours: "it is told as ended by signal 9; the same agent serves on",
    reference: "it is told as ended by signal 9; the same agent serves on",
    shownBy,
  },
} as const satisfies Record<string, Fault>;
