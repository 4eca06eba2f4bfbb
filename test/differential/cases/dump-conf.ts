import type { Call } from "../command-line.ts";

const dump = (name: string, ...args: string[]): Call => ({ name, args: ["-D", ...args] });

/** `--dump-conf` of options. */
export const dumpCalls: Call[] = [
  {
    name: "nothing given",
    args: ["-D"],
    difference: "dump-conf-allow-rpcs",
    ours: {
      stdout: `[general]
daemon=false
method=virtio-serial
path=/dev/virtio-ports/org.qemu.guest_agent.0
pidfile=/var/run/qemu-ga.pid
statedir=/var/run
verbose=false
retry-path=false
block-rpcs=
allow-rpcs=
`,
    },
  },
  { name: "--dump-conf written out", args: ["--dump-conf"] },
  dump("-m virtio-serial", "-m", "virtio-serial"),
  dump("-m isa-serial has a path of its own", "-m", "isa-serial"),
  dump("-m isa-serial with a path", "-m", "isa-serial", "-p", "/dev/ttyS7"),
  {
    name: "-m unix-listen needs a path even for the dump",
    args: ["-D", "-m", "unix-listen"],
    difference: "early-messages",
    ours: { stderr: "must specify a path for this channel\n" },
  },
  dump("-m vsock-listen needs a path even for the dump", "-m", "vsock-listen"),
  dump("-m unix-listen with a path", "-m", "unix-listen", "-p", "/run/x.sock"),
  dump("-m vsock-listen with a path", "-m", "vsock-listen", "-p", "3:4"),
  dump("an unknown method needs a path", "-m", "bad"),
  dump("an unknown method with a path is dumped", "-m", "bad", "-p", "x"),
  dump("an empty method", "-m", ""),
  dump("an empty method with a path", "-m", "", "-p", "x"),
  dump("the last method counts", "-m", "bad", "-m", "virtio-serial"),
  dump("a value attached to its letter", "-misa-serial", "-p/dev/x"),
  dump("letters in one word", "-vdr"),
  dump("letters in one word with a value at the end", "-vdp/x"),
  dump("an equals sign after a letter belongs to the value", "-p=/x"),
  dump("-p", "-p", "/x"),
  dump("-p twice", "-p", "/x", "-p", "/y"),
  dump("-p with nothing", "-p", ""),
  dump("-p that looks like an option", "-p", "-v"),
  dump("--path=", "--path="),
  dump("-l", "-l", "/var/log/x"),
  dump("-l with nothing", "-l", ""),
  dump("-f", "-f", "/run/x.pid"),
  dump("-t", "-t", "/run/x"),
  dump("-t that is relative and missing", "-t", "nowhere"),
  dump("-t with nothing", "-t", ""),
  dump("-v", "-v"),
  dump("-v twice", "-v", "-v"),
  dump("-d", "-d"),
  dump("-r", "-r"),
  dump("-F alone", "-F"),
  dump("-F with an attached path", "-F/x"),
  dump("-F with a path in the next word, which is ignored", "-F", "/x"),
  dump("--fsfreeze-hook alone", "--fsfreeze-hook"),
  dump("--fsfreeze-hook=", "--fsfreeze-hook="),
  dump("--fsfreeze-hook=/x", "--fsfreeze-hook=/x"),
  dump("--fsfreeze-hook with a path in the next word, which is ignored", "--fsfreeze-hook", "/x"),
  dump("-F twice", "-F/x", "-F"),
  dump("-F twice in the other order", "-F", "-F/x"),
  dump("-vF takes no letters behind it", "-vFd"),
  dump("-b with one name", "-b", "guest-ping"),
  dump("-b with a name that does not exist", "-b", "nonsense"),
  dump("-b with nothing", "-b", ""),
  dump("-b with a comma", "-b", ","),
  dump("-b with an empty name between", "-b", "a,,b"),
  dump("-b with blanks", "-b", "a, b"),
  dump("-b with the same name twice", "-b", "a,a"),
  dump("-b with a semicolon", "-b", "a;b"),
  dump("-b with a comma at its end", "-b", "a,"),
  dump("-b with a comma at its start", "-b", ",a"),
  dump("-b with three names", "-b", "a,b,c"),
  dump("-b twice adds up", "-b", "a,b", "-b", "c"),
  dump("--block-rpcs=", "--block-rpcs="),
  dump("--block-rpcs=a,b", "--block-rpcs=a,b"),
  dump("--blacklist is the old spelling", "--blacklist=a,b"),
  dump("--blacklist and --block-rpcs", "--blacklist=a", "--block-rpcs=b"),
  dump("words that are no options are ignored", "x", "y", "-v", "z"),
  dump("words behind -- are ignored", "--", "-v", "-m", "bad"),
  dump("a dash alone is a word", "-"),
  dump("an empty word", ""),
  dump(
    "all options",
    "-m",
    "isa-serial",
    "-p",
    "/dev/x",
    "-l",
    "/l",
    "-f",
    "/f",
    "-F/h",
    "-t",
    "/t",
    "-v",
    "-d",
    "-r",
    "-b",
    "a",
  ),
  dump("a path with a blank at its start", "-p", " /x"),
  dump("a path with blanks inside and at its end", "-p", "/x y "),
  dump("a path with a tab", "-p", "/x\ty"),
  dump("a path with a newline", "-p", "/x\ny"),
  dump("a path with a carriage return", "-p", "/x\ry"),
  dump("a path with a backslash", "-p", "/x\\y"),
  dump("a path with a semicolon, a hash and an equals sign", "-p", "/x;y#z=1"),
  dump("a path with quotes", "-p", "\"/x\" 'y'"),
  dump("a path outside ASCII", "-p", "/ü😀"),
  dump("a path of 5000 characters", "-p", `/${"x".repeat(5000)}`),
  dump("a hook with a blank at its start", "-F /x"),
  dump("a blocked name with a backslash", "-b", "a\\b,c"),
  dump("an option behind words", "word", "-p", "/x"),
];

/** Options that came after 7.2: what qemu-ga says to an option it does not know is of no interest. */
export const newerCalls: Call[] = [
  {
    name: "-a",
    args: ["-D", "-a", "a,b", "--allow-rpcs=c", "-b", "x"],
    difference: "newer-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=x\nallow-rpcs=b,a,c") },
  },
  {
    name: "-c with a missing file",
    args: ["-D", "-c", "missing"],
    difference: "newer-options",
    ours: {
      status: 1,
      stderr: "error loading configuration from path: missing, No such file or directory\n",
      stdout: "",
    },
  },
  {
    name: "-c beats QGA_CONF",
    args: ["-D", "-c", "one.conf"],
    env: { QGA_CONF: "two.conf" },
    files: { "one.conf": "[general]\nallow-rpcs=a\n", "two.conf": "[general]\nverbose=true\n" },
    difference: "newer-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=\nallow-rpcs=a") },
  },
  {
    name: "the allow-rpcs key",
    args: ["-D", "-a", "b"],
    env: { QGA_CONF: "agent.conf" },
    files: { "agent.conf": "[general]\nallow-rpcs=a\n" },
    difference: "newer-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=\nallow-rpcs=a,b") },
  },
  {
    name: "--file-mode",
    args: ["-D", "--file-mode=666"],
    difference: "own-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=\nallow-rpcs=\nfile-mode=0666") },
  },
  {
    name: "a bad --file-mode",
    args: ["-D", "--file-mode", "rw"],
    difference: "own-options",
    ours: {
      status: 1,
      stderr: "invalid file mode 'rw', expected an octal one such as 0600\n",
      stdout: "",
    },
  },
  {
    name: "the file-mode key",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: { "agent.conf": "[general]\nfile-mode=0640\n" },
    difference: "own-options",
    ours: { stdout: dumped("block-rpcs=\nallow-rpcs=\nfile-mode=0640") },
  },
  {
    name: "--policy",
    args: ["-D", "--policy=/p.toml"],
    difference: "own-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=\nallow-rpcs=\npolicy=/p.toml") },
  },
  {
    name: "the policy key",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: { "agent.conf": "[general]\npolicy=/p.toml\n" },
    difference: "own-options",
    ours: { stdout: dumped("block-rpcs=\nallow-rpcs=\npolicy=/p.toml") },
  },
  {
    name: "the fsfreeze-hook-timeout key",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: { "agent.conf": "[general]\nfsfreeze-hook-timeout=60\n" },
    difference: "own-options",
    ours: { stdout: dumped("block-rpcs=\nallow-rpcs=\nfsfreeze-hook-timeout=60") },
  },
  {
    name: "--log-format and --audit-log",
    args: ["-D", "--log-format=json", "--audit-log", "journal"],
    difference: "own-options",
    ours: {
      status: 0,
      stderr: "",
      stdout: dumped("block-rpcs=\nallow-rpcs=\nlog-format=json\naudit-log=journal"),
    },
  },
  {
    name: "a bad --log-format",
    args: ["-D", "--log-format=xml"],
    difference: "own-options",
    ours: {
      status: 1,
      stderr: "invalid log format 'xml', expected text or json\n",
      stdout: "",
    },
  },
  {
    name: "the keys of the log and the audit log",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: {
      "agent.conf": "[general]\nlog-format=text\nlog-rate=5\nlog-burst=50\naudit-log=/a\n",
    },
    difference: "own-options",
    ours: {
      stdout: dumped(
        "block-rpcs=\nallow-rpcs=\nlog-format=text\nlog-rate=5\nlog-burst=50\naudit-log=/a",
      ),
    },
  },
  {
    name: "--freeze-timeout",
    args: ["-D", "--freeze-timeout=60"],
    difference: "own-options",
    ours: { status: 0, stderr: "", stdout: dumped("block-rpcs=\nallow-rpcs=\nfreeze-timeout=60") },
  },
  {
    name: "the keys of a freeze's and a trim's time",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: {
      "agent.conf": "[general]\nfstrim-deadline=9\nfsfreeze-deadline=8\nfreeze-timeout=7\n",
    },
    difference: "own-options",
    ours: {
      stdout: dumped(
        "block-rpcs=\nallow-rpcs=\nfreeze-timeout=7\nfsfreeze-deadline=8\nfstrim-deadline=9",
      ),
    },
  },
  {
    name: "the keys of limits",
    args: ["-D"],
    env: { QGA_CONF: "agent.conf" },
    files: { "agent.conf": "[general]\nmax-open-files=8\nmax-result-age=60\n" },
    difference: "own-options",
    ours: { stdout: dumped("block-rpcs=\nallow-rpcs=\nmax-open-files=8\nmax-result-age=60") },
  },
];

function dumped(lists: string): string {
  return `[general]
daemon=false
method=virtio-serial
path=/dev/virtio-ports/org.qemu.guest_agent.0
pidfile=/var/run/qemu-ga.pid
statedir=/var/run
verbose=false
retry-path=false
${lists}
`;
}
