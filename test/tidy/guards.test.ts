/** That what names a file or a program is held to rules: by its guard, and in what it does. */
import { afterEach, describe, expect, test } from "bun:test";
import { realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runDirectly } from "../../src/agent/witness.ts";
import type { Command } from "../../src/commands/command.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { GuestError } from "../../src/commands/guest-error.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { readArguments } from "../../src/commands/validation.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import type { JsonValue } from "../../src/wire/json.ts";
import { b64 } from "../commands/vendor-ask.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { policyOf } from "../policy/policy-of.ts";

const folder = realpathSync(tempFolder());
const file = join(folder, "file");
writeFileSync(file, "kept");
symlinkSync("file", join(folder, "link"));

function argumentsOf(command: Command): string[] {
  return Object.keys(command.args().entries);
}

/** By what arguments are called: a `path`, and whatever may be given as base64 instead. */
function placesIn(command: Command): string[] {
  const names = argumentsOf(command);
  return names.filter((name) => name === "path" || name === "cwd" || names.includes(`${name}-b64`));
}

function guarded(command: Command): string[] {
  const { guard } = command;
  switch (guard?.kind) {
    case "file":
    case "read-path":
      return [guard.path];
    case "write-path":
      return [guard.path, ...(guard.to === undefined ? [] : [guard.to])];
    case "program":
      return [guard.path, ...(guard.cwd === undefined ? [] : [guard.cwd])];
    default:
      return [];
  }
}

const naming = allCommands().filter((command) => placesIn(command).length > 0);

test("every command with a path or a program names the guard that rules hold it by", () => {
  expect(naming.length).toBeGreaterThan(0);
  for (const command of naming) {
    expect([command.name, guarded(command).sort()]).toEqual([
      command.name,
      placesIn(command).sort(),
    ]);
  }
});

test("what a guard says of a program is all that a host may say of it", () => {
  const known = ["path", "arg", "env", "input-data", "stdin", "cwd", "user", "tty"];
  // How output comes back gives nobody more than it has.
  const harmless = ["capture-output", "merge"];
  for (const command of naming.filter(({ guard }) => guard?.kind === "program")) {
    const said = Object.values(command.guard ?? {}).filter((name) =>
      known.includes(name as string),
    );
    const asked = argumentsOf(command).filter((name) => !harmless.includes(name));
    expect([command.name, said.sort()]).toEqual([command.name, asked.sort()]);
  }
});

/** What has to be given beside places. */
const others: Readonly<Record<string, Readonly<Record<string, JsonValue>>>> = {
  "__org.guestwire_file-make": { type: "directory" },
  "__org.guestwire_file-change": { mode: 0o600 },
  "__org.guestwire_file-put": { "buf-b64": "", hash: "" },
};

describe("under rules that have nothing of it", () => {
  const policy = policyOf(
    'profile = "unrestricted"',
    "[files]",
    'read = ["/nonexistent"]',
    'write = ["/nonexistent"]',
    "[[exec]]",
    'program = "/nonexistent"',
  );
  const reached: string[] = [];
  const reach = (what: string) => (): never => {
    reached.push(what);
    throw new Error(`It has come to ${what}`);
  };
  const log: string[] = [];
  const context = {
    policy,
    audit: (text: string) => log.push(text),
    readMemory: new ReadMemory(),
    newFileMode: 0o600,
    files: {
      enter: (open: () => Disposable) => {
        open();
        return reach("an open file")();
      },
    },
    jobs: { start: reach("a program") },
    streams: { start: reach("a program") },
    errand: reach("an errand"),
  } as unknown as CommandContext;

  afterEach(() => {
    expect(reached).toEqual([]);
    log.length = 0;
  });

  async function outcome(command: Command, args: Record<string, JsonValue>): Promise<string> {
    const read = readArguments(command.args(), new Map(Object.entries(args)));
    try {
      await runDirectly.run({ command, args: read, id: undefined }, context);
      return "carried out";
    } catch (error) {
      if (error instanceof GuestError) return error.errorClass;
      throw error;
    }
  }

  for (const command of naming) {
    for (const twin of ["", "-b64"]) {
      const places = placesIn(command).filter((name) => name !== "cwd");
      if (!argumentsOf(command).includes(`${places[0]}${twin}`)) continue;
      test(`${command.name} with ${places.map((name) => `${name}${twin}`).join(" and ")}`, async () => {
        for (const path of [file, join(folder, "link"), join(folder, "none"), "/bin/sh"]) {
          const given = places.map((name) => [`${name}${twin}`, twin === "" ? path : b64(path)]);
          const args = { ...Object.fromEntries(given), ...others[command.name] };
          expect([path, await outcome(command, args)]).toEqual([path, "CommandNotFound"]);
          expect(log.at(-1)).toStartWith(`${command.name} denied by the policy: `);
        }
      });
    }
  }
});
