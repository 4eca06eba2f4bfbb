/** One point where guestwire answers otherwise than the recorded qemu-ga 7.2, on purpose. */
export type Difference = {
  /** What is concerned. */
  readonly what: string;
  readonly qemuGa: string;
  readonly guestwire: string;
  readonly why: string;
};

/**
 * Every deliberate difference that a differential test has seen, by id. An entry that no case uses, or that no
 * longer differs, fails the tests.
 */
export const differences = {
  "client-leaves-reply-unread": {
    what: "a client of unix-listen that closes while a reply waits unread in its socket",
    qemuGa: "takes the reset (ECONNRESET) for a broken channel and ends, exit status 0",
    guestwire: "takes it for the end of that client and serves the next one",
    why: "A client that crashes or gives up must not end the agent for all others.",
  },
  "disabled-text": {
    what: "the text for a command that a list or the frozen state disables",
    qemuGa:
      "`Command %s has been disabled`, frozen with `: the agent is in frozen state` behind it",
    guestwire: "`Command %s has been disabled: the command is not allowed` for every cause",
    why: "qemu-ga answers so since 9.1; the class CommandNotFound is the same.",
  },
  "faults-in-a-row": {
    what: "noise: more than 100 errors in a row about what is no JSON object, without a request in between",
    qemuGa: "an error reply for each, megabytes of them for a megabyte of noise",
    guestwire:
      "100 error replies; the next reply, whatever it is, has one in front of it that says how many bytes were skipped since. JSON objects are answered as ever",
    why: "A host that sends noise does not read a flood of replies, and one that wants to be in sync again waits for it to end. Bytes are counted, so that the scanner can skip noise at the speed of memory.",
  },
  "long-stray-token": {
    what: "the error for a broken-off token of more than 4 KiB, such as an open string that ends with a 0xFF",
    qemuGa: "quotes all of it, up to 64 MiB",
    guestwire: "quotes the first 4 KiB and says how many bytes follow",
    why: "A host that wants to be in sync again has no use for 64 MiB of its own.",
  },
  "frozen-overrides-lists": {
    what: "a command of the frozen set that is on the block list, while frozen",
    qemuGa: "stays disabled",
    guestwire: "works, so that a host can always ask for the state and thaw",
    why: "qemu-ga does so since 9.1.",
  },
  "guest-get-devices": {
    what: "guest-get-devices, which only the Windows agent has",
    qemuGa: "`Command guest-get-devices has been disabled`, and it is listed by guest-info",
    guestwire: "`The command guest-get-devices has not been found`, and it is not listed",
    why: "qemu-ga does so since 9.1.",
  },
  "handle-counter-blocks": {
    what: "`fd_counter` in the state file",
    qemuGa: "the next handle, written at every guest-file-open",
    guestwire:
      "the end of a reserved block of 64 handles, written once per block and set back to the next handle by a clean exit; after a kill handles go on behind the block",
    why: "An open costs no write to the state folder, and still no handle is ever given out twice.",
  },
  "unusable-handle-counter": {
    what: "a state file whose `fd_counter` is no usable number (a word, beyond int32, no room for a block)",
    qemuGa: "takes a bad number for 0 and hands out the handles 0, 1, …",
    guestwire: "starts at 1000, as without the key",
    why: "Handle 0 is what careless clients send when they have none.",
  },
  "open-quote-in-os-release": {
    what: "a value of os-release whose double quote is never closed",
    qemuGa: 'leaves bytes of the value before unescaping behind its end (`"a b` reads `a bb`)',
    guestwire: "the value ends with its line (`a b`)",
    why: "The bytes left behind are a slip; no distribution writes such a file.",
  },
  "dump-conf-allow-rpcs": {
    what: "`--dump-conf`",
    qemuGa: "ends with `block-rpcs=`",
    guestwire: "has `allow-rpcs=` behind it",
    why: "qemu-ga dumps it since 8.1.",
  },
  "daemon-exit-status": {
    what: "the exit status of `-d` when the channel or the pid file is unusable",
    qemuGa: "0: it goes into the background before it opens them",
    guestwire: "1: it goes into the background when the channel is open",
    why: "qemu-ga does so for the channel since 10.0; a service manager must see that the start has failed.",
  },
  "socket-file-at-exit": {
    what: "the socket file of unix-listen after a clean exit",
    qemuGa: "stays",
    guestwire: "is removed",
    why: "A client that finds it would be refused; it is made anew at each start.",
  },
  "posix-time-zones": {
    what: "a TZ variable with POSIX rules at their edges (no rule for summer time, summer time all year, 24 hours and more)",
    qemuGa: "GLib reads them otherwise than the C library, or takes UTC",
    guestwire: "what the C library's localtime() gives",
    why: "The host should hear the time zone that the guest's programs live in.",
  },
  "early-messages": {
    what: "messages before the log is open (bad configuration, no path, wrong socket activation)",
    qemuGa:
      "are GLib's: an empty line, `** (process:PID): CRITICAL **: TIME: ` and the text, with a question mark for each character outside ASCII",
    guestwire: "the text alone",
    why: "The prefix is that of a library which is not there.",
  },
  "failed-start-status": {
    what: "the exit status when the state file or the log file is unusable",
    qemuGa: "0",
    guestwire: "1, and a state file's error is told without GLib's temporary name",
    why: "A service manager must see that the start has failed.",
  },
  "options-before-file": {
    what: "`-h`, `-V`, `-b help` and bad options while the configuration file is broken",
    qemuGa: "the error of the file, which is read first",
    guestwire: "what was asked for",
    why: "Help has to work when the configuration does not.",
  },
  "newer-options": {
    what: "`-c`/`--config`, `-a`/`--allow-rpcs` and the key `allow-rpcs`",
    qemuGa: "does not know them",
    guestwire: "knows them",
    why: "qemu-ga has the lists since 8.1, the option since 9.1.",
  },
  "exec-failure-text": {
    what: "the text of a guest-exec that cannot be executed",
    qemuGa: "`Guest agent command failed, error was 'Failed to execute child process “%s” (ERR)'`",
    guestwire: "`Failed to execute child process “%s” (ERR)`",
    why: "qemu-ga answers so since 9.1.",
  },
  "exec-unknown-pid": {
    what: "guest-exec-status of an unknown process id",
    qemuGa: "`Invalid parameter 'pid'`; newer ones `PID ld does not exist`, with those two letters",
    guestwire: "`PID %d does not exist`, with the number",
    why: "It is what newer ones mean to say; the letters are a slip in a format, and no client can want them.",
  },
  "exec-capture-words": {
    what: "the words `none`, `stdout`, `stderr`, `separated`, `merged` for `capture-output` of guest-exec",
    qemuGa: "takes true and false alone",
    guestwire: "takes both; in `stdout` and `stderr` the other stream goes to /dev/null",
    why: "qemu-ga has the words since 8.0, `merged` since 8.1.",
  },
  "exec-session": {
    what: "the session and process group of a program started by guest-exec",
    qemuGa: "the agent's own",
    guestwire: "its own: its process id is the number of both",
    why: "So a program and all that it has started can be ended together.",
  },
  "failing-helper-programs": {
    what: "a helper program that is missing or fails (guest-set-user-password)",
    qemuGa:
      "`cannot find 'passwd' program in PATH`; `child process has failed to set user password`",
    guestwire:
      "`child process has failed to set user password: ` and what the program said, or its exit status; a missing one is named in words of execvp()",
    why: "qemu-ga does so since 9.1.",
  },
  "new-file-mode": {
    what: "the mode of a file that guest-file-open makes",
    qemuGa: "0666 whatever the umask: everybody in the guest may read and change it",
    guestwire:
      "0600; `--file-mode=0666`, or `file-mode=0666` in the configuration file, which qemu-ga passes over, gives qemu-ga's",
    why: "What a host writes may be a secret (CVE-2013-2007 is of this kind).",
  },
  "own-options": {
    what: "`--file-mode`, `--log-format`, `--audit-log`, `--policy` and `--freeze-timeout`; the keys of the same names, `log-rate`, `log-burst`, `fsfreeze-hook-timeout`, `fsfreeze-deadline`, `fstrim-deadline` and `max-*`",
    qemuGa: "does not know them; the keys are passed over",
    guestwire:
      "knows them; the options have to be written out, so that every shortening keeps its meaning",
    why: "What differs has to be adjustable.",
  },
  "freeze-lease": {
    what: "a freeze that nobody thaws",
    qemuGa: "lasts",
    guestwire:
      "lasts, unless the key `freeze-timeout`, `--freeze-timeout` or the optional argument `__org.guestwire_timeout` (seconds, 0 for none; qemu-ga: `Parameter '__org.guestwire_timeout' is unexpected`) of guest-fsfreeze-freeze and guest-fsfreeze-freeze-list gives it a lease: when that ends, or the agent is ended by a signal, everything is thawed, also by a guardian process where the agent was killed; the next guest-fsfreeze-thaw answers once `the freeze ended by itself after … s: …`",
    why: "A host that has died must not stop the guest, and one that has not must know that its snapshot is torn.",
  },
  "handle-after-failed-close": {
    what: "guest-file-close that fails (the buffered data could not be written)",
    qemuGa: "keeps the dead handle; using it again is undefined, closing it again kills the agent",
    guestwire: "the handle is closed: `handle '%d' has not been found` from then on",
    why: "fclose() frees the stream also when it fails, so nothing can be done with the handle any more.",
  },
  "long-names-in-utmp": {
    what: "a user's name in utmp that fills all of its 32 bytes",
    qemuGa: "reads on into the name of the host behind it",
    guestwire: "the name ends where its member ends",
    why: "utmp(5) needs no NUL there.",
  },
  "no-processor-folder": {
    what: "guest-get-vcpus where /sys/devices/system/cpu lists no processor",
    qemuGa: "an assertion fails and the agent dies",
    guestwire: "`[]`",
    why: "A container may hide them, and the agent has to stay.",
  },
} as const satisfies Record<string, Difference>;

export type DifferenceId = keyof typeof differences;
