import { NoLibc } from "../../native/no-libc.ts";
import {
  hashSubcommand,
  keysSubcommand,
  outsideSubcommand,
  probeSubcommand,
  programSubcommand,
  sizeSubcommand,
  syncSubcommand,
} from "../linux/errands.ts";
import { lastName } from "../linux/paths.ts";
import { runAgent } from "./agent.ts";
import { exitCode } from "./exit-code.ts";
import { type Io, terminal } from "./io.ts";

type Load = () => Promise<(args: readonly string[], io: Io) => Promise<number>>;

/** Has `load`ed work done as standard input orders, and answers what came of it, both as JSON; see linux/errand.ts. */
function errand<Order>(load: () => Promise<(order: Order) => unknown>): Load {
  return async () => {
    const work = await load();
    return async (_, io) => {
      io.stdout(JSON.stringify(work((await Bun.stdin.json()) as Order) ?? {}));
      return exitCode.done;
    };
  };
}

/** Everything but the agent. Loaded when called, so that the agent starts without them. */
const subcommands: Readonly<Record<string, Load>> = {
  audit: async () => (await import("./audit.ts")).audit,
  bench: async () => (await import("./bench.ts")).benchAgents,
  call: async () => (await import("./call.ts")).call,
  "cloud-init": async () => (await import("./cloud-init.ts")).printCloudConfig,
  completion: async () => (await import("./completion.ts")).printCompletion,
  cp: async () => (await import("./cp.ts")).cp,
  doctor: async () => (await import("./doctor.ts")).doctor,
  exec: async () => (await import("./exec.ts")).exec,
  freeze: async () => (await import("./freeze.ts")).freeze,
  "freeze-plan": async () => (await import("./freeze-plan.ts")).printFreezePlan,
  fs: async () => (await import("./views.ts")).fs,
  info: async () => (await import("./views.ts")).info,
  install: async () => (await import("./install.ts")).install,
  net: async () => (await import("./views.ts")).net,
  policy: async () => (await import("./policy.ts")).policy,
  ps: async () => (await import("./views.ts")).ps,
  shell: async () => (await import("./shell.ts")).shell,
  snippet: async () => (await import("./snippet.ts")).printSnippet,
  sysext: async () => (await import("./sysext.ts")).makeSysext,
  uninstall: async () => (await import("./uninstall.ts")).uninstall,
  wait: async () => (await import("./wait.ts")).wait,
  watch: async () => (await import("./watch.ts")).watch,
};

/** What the agent has a process of its own for; nobody else has to know. */
const ownErrands: Readonly<Record<string, Load>> = {
  // completion-options.ts has the name, which a start does not load.
  __complete: async () => (await import("./complete.ts")).complete,
  [sizeSubcommand]: async () => (await import("./file-system-size.ts")).printFileSystemSize,
  [keysSubcommand]: errand(async () => (await import("../linux/key-work.ts")).workOnKeys),
  [outsideSubcommand]: async () => (await import("./outside.ts")).workOutside,
  [programSubcommand]: async () => (await import("./user-program.ts")).userProgram,
  [hashSubcommand]: errand(async () => (await import("../linux/file-hash.ts")).hashOfRange),
  [syncSubcommand]: errand(async () => (await import("../linux/file-sync.ts")).syncPath),
  [probeSubcommand]: errand(async () => (await import("../linux/file-probe.ts")).probeFile),
};

/** The name qemu-ga is installed under. Whoever calls us so wants the agent and nothing else. */
const agentName = "qemu-ga";

/**
 * Runs what the command line asks for: a subcommand of the client, or the agent. Answers the exit code.
 * @param argv with the name that the program was called by first
 */
async function run(argv: readonly string[], io: Io): Promise<number> {
  const [calledAs = agentName, first = "", ...rest] = argv;
  if (lastName(calledAs) === agentName || first === "" || first.startsWith("-")) {
    return runAgent(argv, io);
  }
  const all = { ...ownErrands, ...subcommands };
  const load = Object.hasOwn(all, first) ? all[first] : undefined;
  if (load === undefined) {
    const known = Object.keys(subcommands).join(", ");
    io.stderr(`guestwire: unknown subcommand "${first}"; there is ${known} (see --help)\n`);
    return exitCode.usage;
  }
  return (await load())(rest, io);
}

// The runtime replaces argv[0] in process.argv, and keeps it as argv0.
const argv = [process.argv0, ...process.argv.slice(2)];

void run(argv, terminal).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (!(error instanceof NoLibc)) throw error;
    // Our own way of writing goes through libc.
    console.error(`guestwire: ${error.message}`);
    process.exit(1);
  },
);
