import { readText } from "../client/read-text.ts";
import { schemaOf } from "../commands/command.ts";
import { GuestError } from "../commands/guest-error.ts";
import { loadCommands } from "../commands/registry.ts";
import { readArguments } from "../commands/validation.ts";
import { readPolicy } from "../policy/load.ts";
import { PolicyError } from "../policy/parse.ts";
import { profileNames } from "../policy/profiles.ts";
import { policyTable } from "../policy/report.ts";
import { startingFile } from "../policy/starting-file.ts";
import { tryRequest } from "../policy/trial.ts";
import { policyWarnings } from "../policy/warnings.ts";
import { JsonFault } from "../wire/wire-error.ts";
import type { Io } from "./io.ts";
import { type PolicyCall, policyExit, policyUsage, readPolicyCall } from "./policy-options.ts";
import { readCommandLine } from "./read-command-line.ts";

/** Wrong use that only the command's own rules tell. */
class WrongUse extends Error {
  override readonly name = "WrongUse";
}

/** Runs `guestwire policy`; answers the exit code. */
export async function policy(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "policy", usage: policyUsage, usageCode: policyExit.usage },
    () => readPolicyCall(args),
    io,
  );
  if (typeof call === "number") return call;
  try {
    switch (call.action) {
      case "check":
        return check(call.file, io);
      case "test":
        return test(call, io);
      default:
        return print(call.profile, io);
    }
  } catch (error) {
    if (error instanceof WrongUse) {
      io.stderr(`guestwire policy: ${error.message}\n`);
      return policyExit.usage;
    }
    if (!(error instanceof PolicyError)) throw error;
    const file = "file" in call ? call.file : "";
    io.stderr(`guestwire policy: ${file}: ${error.message}\n`);
    return policyExit.refused;
  }
}

function check(file: string, io: Io): number {
  const read = readPolicy(file);
  io.stdout(policyTable(read));
  for (const warning of policyWarnings(read)) io.stderr(`guestwire policy: warning: ${warning}\n`);
  return policyExit.done;
}

function test(call: PolicyCall & { readonly action: "test" }, io: Io): number {
  const { file, argumentsText } = call;
  const command = loadCommands().get(call.command);
  if (command === undefined) throw new WrongUse(`there is no command ${call.command}`);
  const read = readPolicy(file);
  const args = argumentsText === undefined ? null : readGiven(argumentsText, command);
  const { isAllowed, by } = inCallersWords(() => tryRequest(read, command, args));
  io.stdout(`${isAllowed ? "allowed" : "denied"}: ${by}\n`);
  return isAllowed ? policyExit.done : policyExit.refused;
}

/** @throws WrongUse */
function readGiven(text: string, command: { readonly args: Parameters<typeof schemaOf>[0] }) {
  return inCallersWords(() => {
    const value = readText(new TextEncoder().encode(text));
    if (!(value instanceof Map)) throw new WrongUse("ARGUMENTS has to be a JSON object");
    return readArguments(schemaOf(command.args), value) as Record<string, unknown>;
  });
}

/** Arguments that no agent would take are the caller's fault. @throws WrongUse */
function inCallersWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof JsonFault) throw new WrongUse(`ARGUMENTS is no JSON: ${error.desc}`);
    if (error instanceof GuestError) throw new WrongUse(error.message);
    throw error;
  }
}

function print(name: string, io: Io): number {
  const profile = profileNames.find((each) => each === name);
  if (profile === undefined) {
    throw new WrongUse(`there is no profile ${name}; there is ${profileNames.join(", ")}`);
  }
  io.stdout(startingFile(profile));
  return policyExit.done;
}
