import { existsSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { KernelFlavour } from "./kernel.ts";
import { missingForGuests } from "./requirements.ts";

/** What is known to behave differently in the tests of this folder. */
export type AgentKind = "guestwire" | "qemu-ga";

/** The executable the guest tests run; `GUESTWIRE_AGENT` names another one, such as /usr/sbin/qemu-ga. */
export const agentUnderTest =
  process.env.GUESTWIRE_AGENT ?? resolve(import.meta.dir, "../../dist/guestwire");

/** Told by the name of the file, links followed: guestwire stays guestwire when it is called as qemu-ga. */
export const agentKind: AgentKind =
  existsSync(agentUnderTest) && basename(realpathSync(agentUnderTest)) === "qemu-ga"
    ? "qemu-ga"
    : "guestwire";

/** Where the two agents differ on purpose: the value that holds for the one under test. */
export function expectedOf<T>(values: Readonly<Record<AgentKind, T>>): T {
  return values[agentKind];
}

/** Names what this machine lacks to run the agent in a guest; empty when nothing does. */
export function missingForAgentTests(flavour?: KernelFlavour): string[] {
  const missing = missingForGuests(flavour);
  if (!existsSync(agentUnderTest)) missing.push(`${agentUnderTest}, which "npm run build" makes`);
  return missing;
}

/** The agent to compare with, where this machine has it. */
export const referenceAgent = "/usr/sbin/qemu-ga";
export const hasReferenceAgent = existsSync(referenceAgent);
