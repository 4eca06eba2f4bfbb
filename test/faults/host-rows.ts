import type { Fault } from "./fault.ts";

const shownBy = "test/faults/host.test.ts";

/** What clients, programs and administrators do to an agent on the machine that they share. */
export const hostFaults = {
  "killed-under-load": {
    fault: "the agent is killed (SIGKILL) under load and started again",
    ours: "the socket is taken over, and no handle is given out twice",
    reference: "the socket is taken over, and no handle is given out twice",
    shownBy,
  },
  stopped: {
    fault:
      "the agent is stopped (SIGSTOP) while half a request, a sync and 100 pings come, and goes on (SIGCONT)",
    ours: "in sync, all pings are answered",
    reference: "in sync, all pings are answered",
    shownBy,
  },
  "hang-ups": {
    fault:
      "1,000 clients connect and leave: a third at once, a third within a request, a third before its reply",
    ours: "the next client is served; no descriptor is left",
    reference: "the agent has ended",
    shownBy,
  },
  "never-reads": {
    fault: "a client asks for 100 MB, reads nothing of it and leaves",
    ours: "needs at most 32 MiB; the next client is served",
    reference: "needs at most 32 MiB; the agent has ended",
    shownBy,
  },
  opens: {
    fault: "10,000 guest-file-open while the agent may have 1,024 descriptors",
    ours: "768 are open, then `Too many open files`; the next client is served",
    reference:
      "1017 are open, then `failed to commit persistent state to disk`; the next client is served",
    shownBy,
  },
  "opens-unlimited": {
    fault: "1,000 guest-file-open while the agent may have 20,000 descriptors",
    ours: "768 are open, then `Too many open files`; the next client is served",
    reference: "1000 are open; the next client is served",
    shownBy,
  },
  "abandoned-results": {
    fault: "200 programs write 8 MB each, and nobody asks for their results",
    ours: "keeps at most 128 MiB",
    reference: "keeps more than 1024 MiB",
    shownBy,
  },
  "execs-at-once": {
    fault: "100 guest-exec in one write",
    ours: "100 are run and told with their output",
    reference: "100 are run and told with their output",
    shownBy,
  },
  "too-many-execs": {
    fault: "500 guest-exec of programs that do not end, while the agent may have 1,024 descriptors",
    ours: "256 run, then `256 processes of guest-exec are running already, and no more can be started`; the next client is served",
    reference:
      "338 run, then `Guest agent command failed, error was 'Too many open files'`; the next client is served",
    shownBy,
  },
  "running-floods": {
    fault: "40 programs write 16 MiB each and do not end",
    ours: "keeps at most 256 MiB; the next client is served",
    reference: "keeps more than 512 MiB; the next client is served",
    shownBy,
  },
  "input-not-taken": {
    fault: "12 programs get 16 MiB of input each and take none of it",
    ours: "8 run, then it is refused; the next client is served",
    reference: "12 run; the next client is served",
    shownBy,
  },
  "child-killed": {
    fault: "a program of guest-exec is killed (SIGKILL)",
    ours: "told as ended by signal 9, with its output",
    reference: "told as ended by signal 9, with its output",
    shownBy,
  },
  "child-closes": {
    fault: "a program closes its outputs and runs on",
    ours: "told as running until it ends",
    reference: "told as running until it ends",
    shownBy,
  },
  "child-leaves-background": {
    fault: "a program ends and leaves another one in the background, which holds its output",
    ours: "told as ended, with its output",
    reference: "told as running while the other one runs",
    shownBy,
  },
  "output-flood": {
    fault: "a program writes 200 MB",
    ours: "needs at most 64 MiB; 16 MiB are kept, and told as truncated",
    reference: "needs at most 64 MiB; 16 MiB are kept, and told as truncated",
    shownBy,
  },
  "dead-fuse-info": {
    fault: "guest-get-fsinfo while a FUSE mount never answers",
    ours: "answers, without the mount",
    reference: "answers, without the mount",
    shownBy,
  },
  "dead-fuse-open": {
    fault: "guest-file-open through a link to a FUSE mount that never answers",
    ours: "answers `Connection timed out`",
    reference: "does not answer; answers when the mount has gone",
    shownBy,
  },
} as const satisfies Record<string, Fault>;
