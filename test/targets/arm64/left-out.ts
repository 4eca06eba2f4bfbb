import { type LeftOut, rows } from "../left-out.ts";

const spawning =
  "posix_spawn(3) has the child tell of a failed exec in the memory that the two share; the emulation gives it a copy";
const freezing = "the emulation does not know the ioctls FIFREEZE and FITHAW, and says ENOSYS";

/** What says nothing under QEMU's emulation of programs. */
export const leftOut: readonly LeftOut[] = [
  ...rows(
    "test/agent/daemonize.test.ts",
    "the emulation makes up /proc/self/stat, where the test reads the session",
    "ends well once the daemon is ready, which is then a process on its own",
  ),
  ...rows(
    "test/agent/daemonize.test.ts",
    spawning,
    "tells at once when the program cannot be started",
  ),
  ...rows(
    "test/commands/program-outcome.test.ts",
    spawning,
    "what cannot be executed is told as by the child that was to become it",
  ),
  ...rows(
    "test/commands/fsfreeze.test.ts",
    freezing,
    "tells of a file system that cannot be thawed, rather than of the hook",
  ),
  ...rows("test/linux/freeze.test.ts", freezing, "what is held"),
];
