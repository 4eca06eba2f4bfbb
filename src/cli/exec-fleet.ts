import type { Ending, Order } from "../client/exec/program.ts";
import { execOn } from "../client/fleet/exec-member.ts";
import { KeptOutput } from "../client/fleet/kept-output.ts";
import type { Outcome } from "../client/fleet/outcome.ts";
import { PrefixedLines } from "../client/fleet/prefixed-lines.ts";
import { printable } from "../client/printable.ts";
import type { ExecOptions } from "./exec-options.ts";
import { exitCode } from "./exit-code.ts";
import { type FleetWork, runFleet } from "./fleet.ts";
import { fleetCodes } from "./fleet-exit.ts";
import { jsonLine } from "./fleet-json.ts";
import type { FleetChoice } from "./fleet-options.ts";
import type { Io } from "./io.ts";
import { sinkTo } from "./standard-io.ts";

/** Runs a program in many guests; answers the exit code. */
export async function execInFleet(
  choice: FleetChoice,
  options: ExecOptions,
  io: Io,
): Promise<number> {
  const order: Order = { ...options, tty: null };
  const work = options.json ? asJson(order, options) : asLines(order, options);
  const codes = { ...fleetCodes, refused: exitCode.usage };
  return runFleet(choice, { name: "exec", codes, failedCode, ...work }, io);
}

type Work = Pick<FleetWork<Ending>, "turn" | "tell">;

/** Lines as they come, with the guest's name in front. */
function asLines(order: Order, { timeoutMs }: ExecOptions): Work {
  const [out, err] = [sinkTo(process.stdout), sinkTo(process.stderr)];
  return {
    async turn(member, stops) {
      const stdout = new PrefixedLines(member.name, out);
      const stderr = new PrefixedLines(member.name, err);
      const outcome = await execOn(member, {
        ...{ order, timeoutMs, stops },
        stdout: stdout.take,
        stderr: stderr.take,
      });
      await stdout.end();
      await stderr.end();
      return outcome;
    },
    async tell({ member, status, error }) {
      if (status === "ok") return;
      const why = error === undefined ? status : `${status}: ${error}`;
      await err(Buffer.from(`guestwire exec: ${printable(`${member.name}: ${why}`)}\n`));
    },
  };
}

/** One line for each, when it has ended. */
function asJson(order: Order, { timeoutMs }: ExecOptions): Work {
  const out = sinkTo(process.stdout);
  return {
    async turn(member, stops) {
      const stdout = new KeptOutput();
      const stderr = new KeptOutput();
      const outcome = await execOn(member, {
        ...{ order, timeoutMs, stops },
        stdout: stdout.take,
        stderr: stderr.take,
      });
      const line = jsonLine(outcome, {
        exitcode: outcome.result?.exitCode ?? undefined,
        signal: outcome.result?.signal ?? undefined,
        ...(outcome.status !== "absent" && {
          ...outputMembers("stdout", stdout),
          ...outputMembers("stderr", stderr),
        }),
      });
      await out(Buffer.from(line));
      return outcome;
    },
    tell() {},
  };
}

/** As text where it is some, else as base64. */
function outputMembers(name: string, output: KeptOutput): object {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { isUtf8 } = process.getBuiltinModule("node:buffer");
  const bytes = output.whole();
  const truncated = output.isTruncated ? { [`${name}-truncated`]: true } : {};
  // It may have been cut off within a character, which has up to four bytes.
  const ends = output.isTruncated ? [0, 1, 2, 3] : [0];
  const text = ends.map((end) => bytes.subarray(0, bytes.length - end)).find(isUtf8);
  const told = text === undefined ? { [`${name}-b64`]: bytes } : { [name]: text.toString() };
  return { ...told, ...truncated };
}

/** As a shell says it. */
export function failedCode({ result }: Outcome<Ending>): number {
  const { exitCode: code = null, signal = null } = result ?? {};
  return signal === null ? (code ?? exitCode.usage) : exitCode.killed + signal;
}
