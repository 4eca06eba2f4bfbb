import type { Fd } from "../../native/fd.ts";
import { pipe, resizePipe, type Stdio } from "../../native/spawn.ts";
import { openTerminal } from "../../native/terminal.ts";

/**
 * What a pipe is made to hold where the kernel lets us (pipe(7)): more goes into one reply, and a program waits less. The
 * kernel takes the memory only as it fills.
 */
export const pipeBytes = 256 * 1024;

/** A terminal in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface StreamShape {
  /** A pipe to write into; else /dev/null. */
  readonly hasInput: boolean;
  /** Both outputs in one, in the order in which they were written. */
  readonly isMerged: boolean;
  /** Input and output are a terminal's; then the other two count for nothing. */
  readonly terminal: TerminalSize | null;
}

/** Both ends of a program's input and output. */
export interface StreamEnds {
  /** For the program. */
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  readonly terminalPath: string | undefined;
  /** Ours, non-blocking. A terminal's input and output are the same. */
  readonly input: Fd | null;
  readonly output: Fd;
  readonly errors: Fd | null;
  readonly isTerminal: boolean;
  /** Closes those that the program has got. */
  closeTheirs(): void;
  /** Closes all. */
  close(): void;
}

/** @throws SysError such as EMFILE; then nothing is open */
export function openStreamEnds({ hasInput, isMerged, terminal }: StreamShape): StreamEnds {
  return terminal === null ? openPipes(hasInput, isMerged) : openTerminalEnds(terminal);
}

function openTerminalEnds({ rows, columns }: TerminalSize): StreamEnds {
  const { master, path } = openTerminal(rows, columns);
  return {
    stdio: ["inherit", "inherit", "inherit"],
    terminalPath: path,
    input: master,
    output: master,
    errors: null,
    isTerminal: true,
    closeTheirs() {},
    close: () => master.close(),
  };
}

function openPipes(hasInput: boolean, isMerged: boolean): StreamEnds {
  const ours: Fd[] = [];
  const theirs: Fd[] = [];
  const closeAll = (ends: readonly Fd[]): void => {
    for (const end of ends) end[Symbol.dispose]();
  };
  const open = (writer: "program" | "agent"): { our: Fd; their: Fd } => {
    const [reading, writing] = pipe();
    const [our, their] = writer === "program" ? [reading, writing] : [writing, reading];
    ours.push(our);
    theirs.push(their);
    our.setNonblocking(true);
    resizePipe(our, pipeBytes);
    return { our, their };
  };
  try {
    const output = open("program");
    const errors = isMerged ? null : open("program");
    const input = hasInput ? open("agent") : null;
    return {
      stdio: [input?.their ?? "null", output.their, (errors ?? output).their],
      terminalPath: undefined,
      input: input?.our ?? null,
      output: output.our,
      errors: errors?.our ?? null,
      isTerminal: false,
      closeTheirs: () => closeAll(theirs),
      close: () => closeAll([...ours, ...theirs]),
    };
  } catch (error) {
    closeAll([...ours, ...theirs]);
    throw error;
  }
}
