import { argumentCandidates } from "../client/argument-completion.ts";
import { allCommands } from "../commands/registry.ts";
import { shells } from "./completion-options.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { usages } from "./usages.ts";

/** Where Proxmox VE has the sockets of its machines, as ID.qga. */
const machinesFolder = "/var/run/qemu-server";

/** For completion scripts: prints what the last of the words may become, one a line; nothing where that is a file. */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  const typed = words.at(-1) ?? "";
  const found = candidates(words.slice(0, -1), typed).filter((each) => each.startsWith(typed));
  io.stdout(found.map((each) => `${each}\n`).join(""));
  return exitCode.done;
}

function candidates([subcommand, ...before]: readonly string[], typed: string): readonly string[] {
  if (subcommand === undefined) return Object.keys(usages);
  const usage = Object.hasOwn(usages, subcommand) ? (usages[subcommand] as string) : "";
  if (before.includes("--")) return [];
  const options = optionsIn(usage);
  if (typed.startsWith("-")) return ["--help", ...options.keys()];
  const last = before.at(-1) ?? "";
  if (options.get(last) === true) return valuesOf(last);
  const operands = before.filter(
    (word, index) => !word.startsWith("-") && options.get(before[index - 1] ?? "") !== true,
  );
  if (subcommand === "completion") return operands.length === 0 ? shells : [];
  const isListed = before.some((word) => /^--targets(?:$|=)/.test(word));
  if (operands.length === 0 && !isListed) return usage.includes("[TARGET]") ? machines() : [];
  return subcommand === "call" ? inCall(isListed ? operands : operands.slice(1), typed) : [];
}

/** The options that a text of `--help` lists, and whether each takes a value. */
function optionsIn(usage: string): Map<string, boolean> {
  const found = usage.matchAll(/^ {2}.*?(--[a-z][a-z-]*)(?:[ =]([A-Z[]))?/gm);
  return new Map([...found].map(([, option = "", value]) => [option, value !== undefined]));
}

function valuesOf(option: string): readonly string[] {
  return option === "--for" ? ["agent", "network", "cloud-init", "port:"] : [];
}

/** The command's name, then its arguments. */
function inCall([command, ...given]: readonly string[], typed: string): readonly string[] {
  if (command === undefined) return allCommands().map(({ name }) => name);
  return argumentCandidates(command, given, typed);
}

function machines(): readonly string[] {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { readdirSync, existsSync } = process.getBuiltinModule("node:fs");
  if (!existsSync(machinesFolder)) return [];
  return readdirSync(machinesFolder).flatMap((name) => /^(\d+)\.qga$/.exec(name)?.[1] ?? []);
}
