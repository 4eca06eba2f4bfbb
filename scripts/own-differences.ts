import type { Difference } from "../test/differential/differences.ts";

/** Deliberate differences that a conversation cannot show; tests of the agent hold them. */
export const ownDifferences: readonly Difference[] = [
  {
    what: "0xFF and guest-sync-delimited (or guest-sync) while a command has not ended",
    qemuGa:
      "are read when it has; first comes its reply, which a host that has given up does not expect",
    guestwire:
      "are answered at once; the replies to what was asked before 0xFF are dropped, and it is carried out all the same, in order",
    why: "A host that is in trouble has to learn that the agent is there.",
  },
  {
    what: "a user's SSH keys where a directory service or the file server of the home does not answer",
    qemuGa: "waits for as long as it takes",
    guestwire: "an error after 20 seconds",
    why: "Somebody else's trouble must not make the agent unreachable.",
  },
  {
    what: "a policy (`/etc/guestwire/policy.toml`), where there is one",
    qemuGa: "knows commands that are allowed or blocked whole",
    guestwire:
      "refuses what the policy does not let through, in the words and the class of a command that is not allowed",
    why: "Whoever may read one file need not be able to read all; clients take the command for not supported.",
  },
  {
    what: "wakeups at rest on virtio-serial while the host's end is closed",
    qemuGa: "ten a second",
    guestwire: "none",
    why: "The port is watched for changes; a guest that sleeps should sleep.",
  },
  {
    what: "`guest-ping`, `guest-sync`, `guest-info` in the system log",
    qemuGa: "`guest-ping called` for each",
    guestwire: "nothing",
    why: "Hosts poll every few seconds and fill the log.",
  },
  {
    what: "the path of unix-listen is a socket in use, or a file that is no socket",
    qemuGa: "removes it and takes its place",
    guestwire: "ends with an error and leaves it alone",
    why: "Two agents on one path, or a lost file, are mistakes that have to be seen.",
  },
  {
    what: "a first word that is no option, unless called by the name qemu-ga",
    qemuGa: "is passed over",
    guestwire: "is a subcommand, and an unknown one is an error (exit status 125)",
    why: "A misspelt subcommand must not start an agent.",
  },
  {
    what: "`-1` for any CID in the address of vsock-listen",
    qemuGa: "`Failed to parse cid '-1'`; only 4294967295 is taken",
    guestwire: "both are taken",
    why: "It is what VMADDR_CID_ANY is called everywhere.",
  },
  {
    what: "an empty path for unix-listen",
    qemuGa: "listens under a name that the kernel makes up and nobody knows",
    guestwire: "ends with an error",
    why: "Nobody could reach it.",
  },
  {
    what: "more than 768 files open",
    qemuGa: "goes on until it has no descriptor left to accept clients with",
    guestwire: "`failed to open file …: Too many open files`",
    why: "The agent has to stay reachable.",
  },
  {
    what: "a guest-exec whose program has ended while a background process of it holds its output open",
    qemuGa: "`exited: false` for as long as that lasts",
    guestwire:
      "told as ended 2 seconds later; what the background process writes from then on is thrown away",
    why: "A daemon started by a script must not hide that the script is done. The pipe is still read, so it does not die of it.",
  },
  {
    what: "results of guest-exec that nobody asks for",
    qemuGa: "stay for ever",
    guestwire:
      "1024 results with 64 MiB of output are kept, for 24 hours; the oldest go, with a line in the log",
    why: "Hosts that only start programs must not fill the guest's memory.",
  },
  {
    what: "more than 256 programs of guest-exec running at once",
    qemuGa: "goes on until the guest has no room left",
    guestwire: "`256 processes of guest-exec are running already, and no more can be started`",
    why: "The agent has to stay reachable.",
  },
  {
    what: "what programs of guest-exec that still run have written, or have not taken of their input",
    qemuGa: "16 MiB of each output, 48 MiB of each input, of any number of programs",
    guestwire:
      "128 MiB of all outputs, then they are told as truncated; 128 MiB of all inputs, then guest-exec is refused",
    why: "The agent must not take the memory of the guest. [limits.md](limits.md) has the keys.",
  },
  {
    what: "`guest-file-open` of a path that leads to or through a share or a FUSE mount",
    qemuGa: "waits for ever when that does not answer",
    guestwire:
      "has a process of its own ask first, and answers `Connection timed out` after 2 seconds",
    why: "A dead mount must not make the guest unreachable.",
  },
  {
    what: "the soft limit of open files of a program started by guest-exec",
    qemuGa: "what the agent was started with",
    guestwire: "1024 at most; the hard limit is untouched",
    why: "The runtime raises its own to the hard limit, which old programs do not bear; 1024 is the usual value.",
  },
  {
    what: "`guest-exec-status` in the system log",
    qemuGa: "`guest-exec-status called, pid: %u` for each",
    guestwire: "nothing",
    why: "Hosts ask in a loop and fill the log; that the program was started is there.",
  },
  {
    what: "a host that does not read its replies",
    qemuGa: "the agent stands still in its write",
    guestwire: "takes no further request above 1 MiB unsent, and drops them when the host leaves",
    why: "A host that has gone must not hold up the next one.",
  },
  {
    what: "the virtio port where udev does not run",
    qemuGa: "not found",
    guestwire: "found by its name in /sys/class/virtio-ports",
    why: "Small guests have no udev.",
  },
  {
    what: "the SATA port of a disk on a controller with more than eight ports",
    qemuGa: "counts among the first eight ports that are listed, or gives up",
    guestwire: "counts among all",
    why: "Controllers have up to 32.",
  },
  {
    what: "a file system that does not answer statvfs(3), such as a fuseblk one whose process is gone",
    qemuGa: "the agent waits for as long as it takes",
    guestwire: "its sizes are left out after two seconds",
    why: "One dead mount must not make the agent unreachable.",
  },
  {
    what: "`--blacklist` and the key `blacklist`",
    qemuGa: "taken with a warning; removed in 9.1",
    guestwire: "taken",
    why: "Old unit files must keep blocking.",
  },
  {
    what: "a configuration file that is a FIFO or a device, or larger than 1 MiB",
    qemuGa: "waits for it, reads all of it",
    guestwire: "an error",
    why: "Starting must not hang.",
  },
  {
    what: "a name in a block or allow list that is no command",
    qemuGa: "passes over it in silence",
    guestwire: "says so in the log, with the nearest name",
    why: "A misspelt block list blocks nothing.",
  },
  {
    what: "`LISTEN_FDS` negative or huge; `LISTEN_*` meant for another process",
    qemuGa: "aborts; keeps the variables",
    guestwire: "ignores it; removes the variables",
    why: "No child of the agent is meant by them.",
  },
  {
    what: "a log file that cannot be written any more, or was moved away",
    qemuGa: "ends; writes on into the moved file",
    guestwire: "goes on on stderr and says so once; opens a new one",
    why: "A full disk must not end the agent, and logrotate needs no signal.",
  },
  {
    what: "control and format characters of Unicode in the log",
    qemuGa: "written as they are",
    guestwire: "escaped; a message is cut at 4096 characters",
    why: "What a host sends must not forge lines.",
  },
  {
    what: "log lines while file systems are frozen",
    qemuGa: "lost",
    guestwire: "up to 1024 are kept and written after the thaw",
    why: "What happened then is what one wants to know.",
  },
  {
    what: "the order of freezing and thawing where a file system lies in a file of another one (loop devices, also below device-mapper and md)",
    qemuGa: "the reverse order of the mounts, whatever lies on what; a freeze can wait for itself",
    guestwire: "what lies on another one is frozen before it and thawed after it",
    why: "Freezing writes, and so does thawing ext4.",
  },
  {
    what: "guest-fsfreeze-freeze-list with a further mount point of a file system (a bind mount, a subvolume)",
    qemuGa: "freezes it there; later releases pass over it and know the first mount point only",
    guestwire: "freezes the file system, once",
    why: "Each of its mount points is its own.",
  },
  {
    what: "a mount point that cannot be opened, or that is covered, or is a single file",
    qemuGa: "fails, freezes what covers it, or waits for a FIFO",
    guestwire: "takes another mount point of the same file system, folders first",
    why: "One mount point out of reach must not prevent a backup.",
  },
  {
    what: "a frozen file system that somebody unmounts",
    qemuGa:
      "is unmounted, and stays frozen for ever: a thaw does not find it, and whoever mounts its device again waits",
    guestwire:
      "is held open until the thaw: `Device or resource busy`; one that is unmounted lazily is thawed",
    why: "Service managers and container runtimes unmount when they like.",
  },
  {
    what: "a fuseblk file system (NTFS-3G) at a freeze or a thaw",
    qemuGa:
      "is opened: waits for ever where its process is gone, fails the freeze where root may not look",
    guestwire: "is left alone",
    why: "The kernel cannot freeze it anyway.",
  },
  {
    what: "a freeze that fails after the fsfreeze hook was called, the hook's own failure included",
    qemuGa: "calls the hook with `thaw` only if freezing itself failed",
    guestwire: "always calls it with `thaw`, also when there was nothing to freeze",
    why: "What the hook has stopped must go on.",
  },
  {
    what: "an fsfreeze hook that does not end, or that somebody else than root can change or replace",
    qemuGa: "waits for ever; runs it as root",
    guestwire:
      "kills it after 10 minutes, or the seconds of the key `fsfreeze-hook-timeout`; refuses it",
    why: "The guest must stay reachable, and safe.",
  },
  {
    what: "the state folder cannot be written when file systems are to be frozen",
    qemuGa: "freezes without its mark",
    guestwire: "`failed to mark file systems as frozen: …`, and nothing is frozen",
    why: "An agent that is started again could not know that it must not write.",
  },
  {
    what: "the state file or the log file cannot be made at the start, on a disk that is full, read-only or broken",
    qemuGa: "ends",
    guestwire:
      "serves: no file can be opened until the state can be written, and the log goes to stderr. A folder that is missing is an error, as with qemu-ga",
    why: "Hosts need the agent most where a guest is in trouble.",
  },
  {
    what: "`-v`, of requests",
    qemuGa: "every byte that comes, passwords and contents of files included",
    guestwire: "the name of the command",
    why: "No secret belongs in a log.",
  },
  {
    what: "what is logged again and again, or faster than anybody reads",
    qemuGa: "a line each",
    guestwire:
      "repeats within a minute are counted; more than 2000 lines at once, or 20 a second in the long run, are left out and counted, in the log and in the system log (`log-rate`, `log-burst`)",
    why: "Hosts must not fill the guest's disk.",
  },
  {
    what: "SIGTERM or SIGINT in the middle of a freeze or a thaw",
    qemuGa: "ends the agent afterwards, which answers that it has frozen and thaws everything",
    guestwire: "ends the agent afterwards, unless it has frozen",
    why: "The host would back up what is no longer frozen.",
  },
  {
    what: "a file system whose thaw fails (an error of its device)",
    qemuGa: "is not counted",
    guestwire: "`failed to thaw …`, when everything else is thawed",
    why: "It is still frozen, and the host should know.",
  },
  {
    what: "a freeze, a thaw or a trim on a disk that does not answer",
    qemuGa: "waits for ever, and answers nothing meanwhile",
    guestwire:
      "has processes of its own wait, gives a freeze or a thaw up after 120 seconds (the key `fsfreeze-deadline`) and a trim after 540 (`fstrim-deadline`): `failed to freeze …: no end after 120 s`, everything else thawed or trimmed; what was given up is undone when it ends, and until then `an earlier attempt has not ended`",
    why: "A guest with one bad disk must stay reachable, and nothing may stay frozen.",
  },
  {
    what: "when the file systems of a freeze are opened",
    qemuGa: "each before it is frozen",
    guestwire: "all before the first is frozen, through a process that may wait",
    why: "What cannot be opened fails a freeze before anything stands still.",
  },
  {
    what: "what is in the mark `qga.state.isfrozen`",
    qemuGa: "nothing",
    guestwire: "nothing, or when the freeze ends by itself, for an agent that is started meanwhile",
    why: "A lease must not last longer for a restart.",
  },
  {
    what: "the mode of `qga.state` and of the log file",
    qemuGa: "by the umask (0644)",
    guestwire: "0600",
    why: "Nobody else needs them (CVE-2013-2007).",
  },
  {
    what: "a pid file path that cannot be truncated, such as a device",
    qemuGa: "removes it",
    guestwire: "leaves it alone",
    why: "It is not ours.",
  },
  {
    what: "relative paths with `-d`",
    qemuGa: "relative to `/`, where it goes",
    guestwire: "relative to where it was started",
    why: "That is what was meant.",
  },
  {
    what: "`-d`",
    qemuGa: "forks",
    guestwire: "starts itself once more in a session of its own",
    why: "The runtime has threads, which a fork would lose.",
  },
  {
    what: "the rights with which guest-ssh-* works, and links in the user's home",
    qemuGa: "works as root and follows every symbolic link",
    guestwire:
      "works with the user's own rights (uid and main group) and follows none below the home; a `.ssh` that is a link or belongs to another user is an error, and so is `authorized_keys` that is a link, unless `reset` replaces it",
    why: "The user decides what stands there, and could have root read, write and give away other files (CVE-2020-8933 and its kin).",
  },
  {
    what: "guest-ssh-add-authorized-keys when the file is there and cannot be read",
    qemuGa: "takes it for empty: the old keys are lost",
    guestwire: "an error, unless `reset` is true",
    why: "Losing keys locks people out.",
  },
  {
    what: "guest-ssh-remove-authorized-keys when the file cannot be reached for another reason than that it is missing",
    qemuGa: "success",
    guestwire: "an error",
    why: "A host that takes a key away must learn that it is still there.",
  },
  {
    what: "the end of the file that guest-ssh-* writes",
    qemuGa: "no newline, and a blank line before the first added key",
    guestwire: "a newline, and no blank line",
    why: "`echo KEY >> authorized_keys` would glue two keys together and spoil both.",
  },
  {
    what: "`authorized_keys` with a NUL byte in it, of more than 1 MiB, or that is no regular file",
    qemuGa: "drops what is behind the NUL; reads all of it; waits at a FIFO for ever",
    guestwire: "keeps it; an error; an error",
    why: "What the agent does not understand it must leave alone, and what never ends it must not read.",
  },
  {
    what: "guest-set-user-password where chpasswd is not on PATH",
    qemuGa: "an error",
    guestwire: "asks busybox, and names both when there is none",
    why: "Small images have nothing but busybox.",
  },
  {
    what: "requests in the log with `--verbose`",
    qemuGa: "all of them, word for word: passwords, keys and files too",
    guestwire: "none of them; the system log hears whose password or keys were changed",
    why: "A log is read by many.",
  },
  {
    what: "guest-shutdown where neither /sbin/poweroff (halt, reboot) nor /sbin/shutdown is installed",
    qemuGa: "`failed to exec '/sbin/shutdown': No such file or directory`",
    guestwire: "looks for the program along PATH, and for a busybox without links",
    why: "NixOS has no /sbin, and small images have nothing but busybox.",
  },
  {
    what: "a helper program (of guest-shutdown, guest-set-time, guest-set-user-password, guest-suspend-*, the freeze hook) that does not end, or leaves a daemon behind that holds its output",
    qemuGa: "is waited for without limit, and with it every host",
    guestwire:
      "is given up after a time (a shutdown or a suspend goes on, others are killed), and the host is told",
    why: "What a host needs from an agent is that it answers.",
  },
  {
    what: "SIGTERM or SIGINT while a command waits for such a program",
    qemuGa: "is heeded when the program has ended and the host has its answer",
    guestwire: "ends the agent at once, without an answer; the program goes on",
    why: "Whoever ends the guest, perhaps at the word of this very host, should not have to wait for it.",
  },
  {
    what: "guest-set-time where /sbin/hwclock is not installed",
    qemuGa: "sets the clock and answers an error",
    guestwire:
      "sets the hardware clock by the kernel's device, in the zone that /etc/adjtime names",
    why: "Small guests have no hwclock.",
  },
  {
    what: "guest-suspend-disk, guest-suspend-ram and guest-suspend-hybrid when a way to suspend fails",
    qemuGa:
      "forgets why and tries the next one; where the last one is not supported it says nothing at all",
    guestwire: "an error that names each way that was tried and what it said",
    why: "Silence means success.",
  },
  {
    what: "guest-suspend-hybrid without systemd and pm-utils",
    qemuGa: "is not supported",
    guestwire: "is done by the kernel, where /sys/power/disk has `suspend`",
    why: "The kernel has been able to since 3.6.",
  },
  {
    what: "guest-get-users where there is no utmp",
    qemuGa: "`[]`",
    guestwire: "the users of systemd-logind's sessions",
    why: "Distributions give utmp up, since its times end in 2038.",
  },
  {
    what: "a utmp that is there and cannot be read",
    qemuGa: "`[]`",
    guestwire: "an error",
    why: "Nobody should be taken for absent by mistake.",
  },
  {
    what: "guest-network-get-route in a guest without IPv6 (`ipv6.disable=1`) or without both protocols",
    qemuGa: "an error although the IPv4 routes are known; sets two errors and aborts",
    guestwire: "the routes of the protocol that is there; the error of the first file",
    why: "What is known is worth telling, and the agent has to stay.",
  },
  {
    what: "guest-ssh-* for a user without a home folder, or with the uid 4294967295",
    qemuGa: "works in its own folder; acts as root",
    guestwire: "an error",
    why: "Neither is what the user's account says.",
  },
  {
    what: "guest-ssh-* where `~/.ssh` is no folder",
    qemuGa: "`failed to create directory …: File exists`; a removal succeeds",
    guestwire: "an error of all three commands, `Not a directory`",
    why: "What was asked for cannot be done.",
  },
];
