import { AgentClient, replyTimeoutMsDefault } from "../client/agent-client.ts";
import { AgentError, DeadlineError, TransportError } from "../client/errors.ts";
import { toJsonText, toPlain } from "../client/json.ts";
import { readText } from "../client/read-text.ts";
import { JsonFault } from "../wire/wire-error.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readSeconds } from "./seconds.ts";

export const usage = `Usage: guestwire call [--timeout SECONDS] [--pretty] SOCKET COMMAND [ARGUMENTS]

Calls one command of the guest agent behind a unix socket and prints what it returns.

  SOCKET      the host's end of the agent's channel, such as /var/run/qemu-server/100.qga
  COMMAND     such as guest-info
  ARGUMENTS   a JSON object, such as '{"path": "/etc/hostname"}'

  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000})
  --pretty            indent the JSON

A shutdown or a suspend is told as done when the agent has no complaint: it goes on, hangs up, or says nothing any more.

Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent.
`;

interface Call {
  readonly socket: string;
  readonly command: string;
  readonly args: string | undefined;
  readonly timeoutMs: number;
  readonly pretty: boolean;
}

/** Runs `guestwire call`; answers the exit code. */
export async function call(args: readonly string[], io: Io): Promise<number> {
  let request: Call | "help";
  try {
    request = readCall(args);
  } catch (error) {
    io.stderr(`guestwire call: ${(error as Error).message}\n\n${usage}`);
    return exitCode.usage;
  }
  if (request === "help") {
    io.stdout(usage);
    return exitCode.done;
  }
  try {
    using client = await AgentClient.connect(request.socket, { timeoutMs: request.timeoutMs });
    const returned = toPlain(await client.request(request.command, request.args));
    io.stdout(`${toJsonText(returned, request.pretty ? 2 : undefined)}\n`);
    return exitCode.done;
  } catch (error) {
    if (error instanceof AgentError) {
      io.stderr(`${error.errorClass}: ${error.message}\n`);
      return exitCode.refused;
    }
    if (error instanceof DeadlineError || error instanceof TransportError) {
      io.stderr(`guestwire call: ${error.message}\n`);
      return error instanceof DeadlineError ? exitCode.timeout : exitCode.transport;
    }
    throw error;
  }
}

function readCall(args: readonly string[]): Call | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      timeout: { type: "string" },
      pretty: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const [socket, command, argumentsText, ...rest] = positionals;
  if (socket === undefined || command === undefined) {
    throw new Error("SOCKET and COMMAND are needed");
  }
  if (rest.length > 0) throw new Error(`Too many arguments: ${rest.join(" ")}`);
  return {
    socket,
    command,
    args: argumentsText === undefined ? undefined : checkedObject(argumentsText),
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
    pretty: values.pretty,
  };
}

/** The text as typed, so that every digit reaches the agent, but only if it is what the agent will take. */
function checkedObject(text: string): string {
  try {
    if (readText(new TextEncoder().encode(text)) instanceof Map) return text;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new Error(`ARGUMENTS is no JSON: ${error.desc}`);
  }
  throw new Error("ARGUMENTS has to be a JSON object");
}
