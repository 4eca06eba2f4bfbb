import { type LeftOut, rows } from "../left-out.ts";

const spawning =
  "posix_spawn(3) has the child tell of a failed exec in the memory that the two share; the emulation gives it a copy";
const session = "the emulation makes up /proc/self/stat, where the test reads the session";
const resolving =
  "the emulation does not know openat2(2), and what stands in for it takes the links of /proc by their text";
const freezing = "the emulation does not know the ioctls FIFREEZE and FITHAW, and says ENOSYS";

/** What says nothing under QEMU's emulation of programs. */
export const leftOut: readonly LeftOut[] = [
  ...rows(
    "test/agent/daemonize.test.ts",
    session,
    "ends well once the daemon is ready, which is then a process on its own",
  ),
  ...rows(
    "test/agent/daemonize.test.ts",
    spawning,
    "tells at once when the program cannot be started",
  ),
  ...rows(
    "test/commands/fsfreeze.test.ts",
    spawning,
    "is left alone when nobody can be started to freeze it",
  ),
  ...rows("test/linux/errand.test.ts", spawning, "one that cannot be started is told"),
  ...rows(
    "test/linux/checked-open.test.ts",
    resolving,
    "the links of /proc to what processes have open are not followed",
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
  ...rows("test/linux/job.test.ts", spawning, "what cannot be started leaves no pipe behind"),
  ...rows("test/linux/program.test.ts", session, "a helper program is a session of its own"),
  ...rows(
    "test/linux/program.test.ts",
    spawning,
    "a helper program that cannot be executed is a SysError",
  ),
  ...rows(
    "test/native/spawn.test.ts",
    spawning,
    "a child may have as many descriptors as usual, however many the runtime allows itself",
    "a name is looked for along the PATH of env, or else along ours",
    "a script without #! is run by the shell when searching, and is ENOEXEC otherwise",
    "spawning leaves no descriptor behind, failed or not",
    "what cannot be executed is told at once, searched for or not",
  ),
  ...rows(
    "test/native/surface.test.ts",
    "the TypeScript compiler in node_modules is of this machine",
    "no exported signature but that of the symbol table mentions a pointer",
  ),
];
