import { type Call, callFolder } from "../command-line.ts";
import { configCalls } from "./config-files.ts";
import { dumpCalls, newerCalls } from "./dump-conf.ts";

const calls = (...args: string[]): Call => ({
  name: args.map((arg) => JSON.stringify(arg)).join(" "),
  args,
});

/** Version, help, and options that getopt itself refuses. */
const optionCalls: Call[] = [
  calls("-V"),
  calls("--version"),
  calls("-V", "-D"),
  calls("-D", "-V"),
  calls("-V", "--zork"),
  calls("--zork", "-V"),
  calls("-Vh"),
  calls("-V", "-m", "bad"),
  calls("--zork"),
  calls("--zork=1"),
  calls("-z"),
  calls("-Z"),
  calls("-zV"),
  calls("-1"),
  calls("-D", "-z"),
  calls("-z", "-D"),
  calls("-p"),
  calls("--path"),
  calls("-m"),
  calls("--method"),
  calls("-l"),
  calls("-f"),
  calls("-t"),
  calls("-b"),
  calls("--block-rpcs"),
  calls("-s"),
  calls("-Dp"),
  calls("-vp"),
  calls("--verbose=1"),
  calls("--version=1"),
  calls("--help=1"),
  calls("--daemonize=true"),
  calls("--dump-conf=x"),
  calls("--retry-path=x"),
  calls("--p"),
  calls("--pa"),
  calls("--pi"),
  calls("--ver"),
  calls("--vers"),
  calls("--v"),
  calls("--d"),
  calls("--du"),
  calls("--dump"),
  calls("--s"),
  calls("--serv"),
  calls("-D", "--pat", "/x"),
  calls("-D", "--pat=/x"),
  calls("-D", "--daemon"),
  calls("-D", "--da"),
  calls("-D", "--", "--zork"),
  calls("-D", "--verb"),
  calls("-D", "--retry"),
  calls("-D", "--meth=isa-serial"),
  calls("-D", "--state=/s"),
  calls("-D", "--log=/l"),
  calls("-D", "--pid=/p"),
  calls("-D", "--fsfreeze"),
  calls("-D", "--fsfreeze=/h"),
  calls("-D", "--block=a"),
  calls("--dum", "--block-r=a"),
  calls("-path", "/x", "-D"),
];

/** Starts that fail. */
const failingStarts: Call[] = [
  { name: "no virtio port", args: ["-p", "missing", "-t", callFolder] },
  {
    name: "a virtio port with a verbose log",
    args: ["-p", "missing", "-t", callFolder, "-l", "log"],
  },
  { name: "no serial port", args: ["-m", "isa-serial", "-p", "missing", "-t", callFolder] },
  {
    name: "a virtio port that is a folder",
    args: ["-p", "folder", "-t", callFolder],
    files: { "folder/": "" },
  },
  {
    name: "a socket in a missing folder",
    args: ["-m", "unix-listen", "-p", "missing/s", "-t", callFolder],
  },
  {
    name: "a socket whose path is a folder",
    args: ["-m", "unix-listen", "-p", "folder", "-t", callFolder],
    files: { "folder/x": "" },
  },
  {
    name: "a socket whose path is too long",
    args: ["-m", "unix-listen", "-p", "x".repeat(200), "-t", callFolder],
  },
  { name: "an unknown method", args: ["-m", "bad", "-p", "x", "-t", callFolder] },
  {
    name: "an unknown method that begins like a known one",
    args: ["-m", "unix", "-p", "x", "-t", callFolder],
  },
  { name: "a method without a path", args: ["-m", "unix-listen", "-t", callFolder] },
  {
    name: "a vsock address that is none",
    args: ["-m", "vsock-listen", "-p", "rubbish", "-t", callFolder],
  },
  {
    name: "a vsock address without a port",
    args: ["-m", "vsock-listen", "-p", "3", "-t", callFolder],
  },
  {
    name: "a vsock address with a bad port",
    args: ["-m", "vsock-listen", "-p", "3:x", "-t", callFolder],
  },
  {
    name: "a missing state folder",
    args: ["-m", "unix-listen", "-p", "s", "-t", `${callFolder}/missing`],
    difference: "failed-start-status",
    ours: {
      status: 1,
      stderr: `<time>: critical: failed to write persistent state to ${callFolder}/missing/qga.state: No such file or directory\n<time>: critical: unable to create state file at path ${callFolder}/missing/qga.state\n<time>: critical: failed to load persistent state\n<time>: critical: error initializing guest agent\n`,
    },
  },
  {
    name: "a state folder that is a file",
    args: ["-m", "unix-listen", "-p", "s", "-t", `${callFolder}/plain`],
    files: { plain: "" },
    difference: "failed-start-status",
    ours: {
      status: 1,
      stderr:
        "unable to access state file at path <folder>/plain/qga.state.isfrozen: Not a directory\n" +
        "<time>: critical: error loading persistent state from path: <folder>/plain/qga.state, Not a directory\n" +
        "<time>: critical: failed to load persistent state\n" +
        "<time>: critical: error initializing guest agent\n",
    },
  },
  {
    name: "a state file that cannot be parsed",
    args: ["-m", "unix-listen", "-p", "s", "-t", `${callFolder}/state`],
    files: { "state/qga.state": "rubbish\n" },
    difference: "failed-start-status",
    ours: { status: 1 },
  },
  {
    name: "a state file that is a folder",
    args: ["-m", "unix-listen", "-p", "s", "-t", `${callFolder}/state`],
    files: { "state/qga.state/": "" },
    difference: "failed-start-status",
    ours: { status: 1 },
  },
  {
    name: "a log file in a missing folder",
    args: ["-m", "unix-listen", "-p", "s", "-t", callFolder, "-l", "missing/log"],
    difference: "failed-start-status",
    ours: { status: 1 },
  },
  {
    name: "a log file that is a folder",
    args: ["-m", "unix-listen", "-p", "s", "-t", callFolder, "-l", "folder"],
    files: { "folder/": "" },
    difference: "failed-start-status",
    ours: { status: 1 },
  },
];

/** Socket activation that cannot work, or that is not meant for this process. */
const activationCalls: Call[] = [
  {
    name: "two sockets",
    args: ["-D"],
    shell: "exec 3</dev/null 4</dev/null; LISTEN_PID=$$ LISTEN_FDS=2",
  },
  { name: "no file descriptor 3", args: ["-D"], shell: "exec 3<&-; LISTEN_PID=$$ LISTEN_FDS=1" },
  {
    name: "no file descriptor 3 and no dump",
    args: ["-t", callFolder],
    shell: "exec 3<&-; LISTEN_PID=$$ LISTEN_FDS=1",
  },
  {
    name: "a file in place of a socket",
    args: ["-D"],
    shell: "exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1",
  },
  {
    name: "a file in place of a socket and no dump",
    args: ["-t", callFolder],
    shell: "exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1",
  },
  { name: "another process is meant", args: ["-D"], shell: "LISTEN_PID=1 LISTEN_FDS=1" },
  { name: "no LISTEN_FDS", args: ["-D"], shell: "LISTEN_PID=$$" },
  { name: "LISTEN_FDS=0", args: ["-D"], shell: "LISTEN_PID=$$ LISTEN_FDS=0" },
  { name: "LISTEN_FDS=x", args: ["-D"], shell: "LISTEN_PID=$$ LISTEN_FDS=x" },
  { name: "LISTEN_FDS=1x", args: ["-D"], shell: "LISTEN_PID=$$ LISTEN_FDS=1x" },
  { name: "LISTEN_PID with a letter", args: ["-D"], shell: "LISTEN_PID=$$x LISTEN_FDS=2" },
  { name: "LISTEN_PID is empty", args: ["-D"], shell: "LISTEN_PID= LISTEN_FDS=2" },
];

export const callTopics: Readonly<Record<string, readonly Call[]>> = {
  options: optionCalls,
  "dump-conf": dumpCalls,
  "configuration files": configCalls,
  "starts that fail": failingStarts,
  "newer options": newerCalls,
  "socket activation": activationCalls,
};
