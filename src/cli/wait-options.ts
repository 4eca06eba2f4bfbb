import type { Target } from "../client/targets/target.ts";
import { agentCondition } from "../client/wait/agent.ts";
import { cloudInitCondition } from "../client/wait/cloud-init.ts";
import type { Condition } from "../client/wait/condition.ts";
import { networkCondition } from "../client/wait/network.ts";
import { portCondition } from "../client/wait/port.ts";
import {
  type FleetChoice,
  fleetOptions,
  fleetUsage,
  globUsage,
  readWhom,
} from "./fleet-options.ts";
import { onlyOperand } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

const secondsDefault = 300;

export const usage = `Usage: guestwire wait [OPTION]... [TARGET]
       guestwire wait [OPTION]... --targets LIST

Waits until a guest is as far as it is needed.

  --for WHAT          what for; may be repeated, and then all of it. Default:
                      agent
  --timeout SECONDS   for how long (${secondsDefault}); for each of many targets
${fleetUsage}  --json              for each target a line of JSON as it is done, also when
                      it is one: target, status, and error

WHAT is one of:
  agent               the agent answers
  network             an interface has an address that others can reach: not of
                      loopback, and not link-local
  cloud-init          cloud-init has done its work, or has none
  port:NUMBER         a program listens on this TCP port, and not for the guest
                      alone

${targetUsage}
${globUsage}
What is not there yet, hangs up or does not answer is waited for. Nothing is run in the guest; files of /proc and /run are read.

Exit codes: 0 reached, 1 it cannot be reached or the agent refuses to tell, 124 not in time, 125 wrong use. Of many targets 124 where one is not in time, and 130 after Ctrl-C.
`;

export interface WaitOptions {
  readonly target: Target | FleetChoice;
  readonly conditions: readonly Condition[];
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** @throws Error that says what is wrong; TargetError */
export function readWait(args: readonly string[]): WaitOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      for: { type: "string", multiple: true, default: [agentCondition.name] },
      timeout: { type: "string" },
      json: { type: "boolean", default: false },
      ...fleetOptions,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const target = onlyOperand(positionals);
  return {
    target: readWhom(target, values, values.json),
    json: values.json,
    conditions: values.for.map(conditionNamed),
    timeoutMs: readSeconds("--timeout", values.timeout, secondsDefault * 1000),
  };
}

const portMax = 65_535;

function conditionNamed(name: string): Condition {
  const named = [agentCondition, networkCondition, cloudInitCondition].find(
    (each) => each.name === name,
  );
  if (named !== undefined) return named;
  const port = Number(/^port:(\d{1,5})$/.exec(name)?.[1]);
  if (port >= 1 && port <= portMax) return portCondition(port);
  throw new Error(
    `--for takes agent, network, cloud-init or port:NUMBER: current value is "${name}"`,
  );
}
