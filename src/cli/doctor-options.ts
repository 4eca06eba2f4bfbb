import type { Subject } from "../doctor/report.ts";
import { onlyOperand } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";

const timeoutMsDefault = 10_000;

export const usage = `Usage: guestwire doctor [OPTION]...                the system it runs in, as a guest
       guestwire doctor [OPTION]... --root DIR     an unpacked image
       guestwire doctor [OPTION]... SOCKET         the agent behind a unix socket, from the host

Tells what keeps a guest agent from working: what was seen, what was expected, and what to do. It only reads.

  SOCKET              the host's end of the agent's channel, such as /var/run/qemu-server/100.qga

  --root DIR          look at the image whose "/" is DIR, as far as that tells without running it
  --binary FILE       look at this executable, and not at the one that runs or is installed
  --json              print the findings as JSON
  --strict            let warnings count as failures
  --timeout SECONDS   how long the conversation with an agent may take in all (${timeoutMsDefault / 1000})

Exit codes: 0 no failures, 1 failures, 2 wrong use.
`;

export interface DoctorCall {
  readonly subject: Subject;
  readonly binary: string | undefined;
  readonly asJson: boolean;
  readonly isStrict: boolean;
  readonly timeoutMs: number;
}

/** @throws Error that says what is wrong */
export function readDoctorCall(args: readonly string[]): DoctorCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      root: { type: "string" },
      binary: { type: "string" },
      json: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      timeout: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const socket = onlyOperand(positionals);
  if (socket === "") throw new Error("SOCKET is empty");
  if (socket !== undefined && values.root !== undefined) {
    throw new Error("--root and SOCKET exclude each other");
  }
  if (socket !== undefined && values.binary !== undefined) {
    throw new Error("--binary is for guests and images: the host does not see the agent's file");
  }
  if (socket === undefined && values.timeout !== undefined) {
    throw new Error("--timeout is for the conversation with the agent behind a SOCKET");
  }
  return {
    subject: subjectOf(socket, values.root),
    binary: values.binary,
    asJson: values.json,
    isStrict: values.strict,
    timeoutMs: readSeconds("--timeout", values.timeout, timeoutMsDefault),
  };
}

function subjectOf(socket: string | undefined, root: string | undefined): Subject {
  if (socket !== undefined) return { kind: "host", socket };
  return root === undefined ? { kind: "guest" } : { kind: "image", root };
}
