import { type Case, request, type Step } from "./case.ts";
import { refused } from "./words.ts";

// The steps of a case that runs one program, whose process id is kept as <p>.

export type Program = {
  readonly path: string;
  readonly arg?: readonly string[];
  readonly env?: readonly string[];
  readonly "input-data"?: string;
  readonly "capture-output"?: boolean | string;
};

/** How a program ended; outputs as Latin-1 text. */
export type End = {
  readonly exitcode?: number;
  readonly signal?: number;
  readonly out?: string;
  readonly err?: string;
};

export const started = '{"return": {"pid": <p>}}';
export const runningStill = '{"return": {"exited": false}}';

/** A shell that runs `script`, its outputs captured. */
export function shell(script: string, more: Partial<Program> = {}): Program {
  return { path: "/bin/sh", arg: ["-c", script], "capture-output": true, ...more };
}

export function execute(program: Program, keep = "p"): Step {
  return { ask: request("guest-exec", JSON.stringify(program)), keep };
}

export function status(pid = "<p>"): Step {
  return { ask: request("guest-exec-status", `{"pid":${pid}}`) };
}

/** Asks until it has ended. */
export function end(pid = "<p>"): Step {
  return { ask: request("guest-exec-status", `{"pid":${pid}}`), again: runningStill };
}

/** The reply for a program that has ended, member by member as qemu-ga orders them. */
export function ended({ exitcode, signal, out, err }: End): string {
  const members = [
    exitcode !== undefined && `"exitcode": ${exitcode}`,
    err !== undefined && `"err-data": "${btoa(err)}"`,
    out !== undefined && `"out-data": "${btoa(out)}"`,
    err !== undefined && '"err-truncated": false',
    signal !== undefined && `"signal": ${signal}`,
    out !== undefined && '"out-truncated": false',
    '"exited": true',
  ];
  return `{"return": {${members.filter((member) => member !== false).join(", ")}}}`;
}

/** A case that runs a program to its end. */
export function runs(
  name: string,
  program: Program,
  result: End,
  more: Pick<Case, "setUp"> = {},
): Case {
  return { name, steps: [execute(program), end()], replies: [started, ended(result)], ...more };
}

/** A case whose program ends otherwise with guestwire. */
export function runsOtherwise(
  name: string,
  difference: NonNullable<Case["difference"]>,
  program: Program,
  theirs: End,
  ours: End,
): Case {
  return {
    name,
    difference,
    steps: [execute(program), end()],
    replies: [started, ended(theirs)],
    ours: [started, ended(ours)],
  };
}

/** A case whose program cannot be executed. */
export function fails(
  name: string,
  program: Program,
  error: string,
  setUp?: Case["setUp"],
  shownPath = program.path,
): Case {
  const text = `Failed to execute child process \u201c${shownPath}\u201d (${error})`;
  return {
    name,
    difference: "exec-failure-text",
    steps: [execute(program)],
    replies: [refused(`Guest agent command failed, error was '${text}'`)],
    ours: [refused(text)],
    ...(setUp !== undefined && { setUp }),
  };
}
