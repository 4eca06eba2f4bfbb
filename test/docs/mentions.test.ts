/** What documents mention of guestwire exists: subcommands, flags, keys, commands, findings, scripts; and examples are valid. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readUsage, type UsageBlock } from "../../scripts/man/usage-text.ts";
import { unknownNames } from "../../src/agent/command-filter.ts";
import { configKeys } from "../../src/agent/config.ts";
import { loadConfig } from "../../src/agent/config-file.ts";
import { helpText } from "../../src/agent/help.ts";
import { usages as subcommandUsages } from "../../src/cli/usages.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { hostChecks } from "../../src/doctor/host/all.ts";
import { imageChecks } from "../../src/doctor/image/all.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { blocksOf, commandsOf, guides, inlineCode, project, readPage } from "./markdown.ts";

/** By the subcommand; the agent's under an empty name. */
const usages: Readonly<Record<string, string>> = {
  "": helpText("guestwire"),
  ...subcommandUsages,
};

function termsOf(blocks: readonly UsageBlock[]): string[] {
  return blocks.flatMap((block) =>
    block.kind === "list" ? block.items.map(({ term }) => term) : [],
  );
}

/** The flags that a subcommand tells of; all of them take --help. */
function flagsOf(subcommand: string): string[] {
  const terms = termsOf(readUsage(usages[subcommand] ?? "").blocks);
  return ["--help", ...(terms.join(" ").match(/(?<![\w-])--?[a-z][\w-]*/gi) ?? [])];
}

interface Call {
  readonly page: string;
  readonly call: string;
}

const calls: readonly Call[] = guides.flatMap((page) => {
  const shown = blocksOf(readPage(page))
    .filter(({ language }) => language === "sh" || language === "console")
    .flatMap(commandsOf);
  return [...shown, ...inlineCode(readPage(page))]
    .filter((code) => /^guestwire($| )/.test(code))
    .map((call) => ({ page, call }));
});

test("documents call every subcommand", () => {
  const called = new Set(calls.map(({ call }) => subcommandOf(call)));
  expect([...called].sort()).toEqual(Object.keys(usages).sort());
});

function subcommandOf(call: string): string {
  return /^guestwire ([a-z][a-z-]*)/.exec(call)?.[1] ?? "";
}

test.each([...calls])("$page: $call", ({ call }) => {
  const subcommand = subcommandOf(call);
  expect(Object.keys(usages)).toContain(subcommand);
  // What comes behind `--` is another program's.
  const [own = ""] = call.split(/ (?:[>&|]|-- )/);
  const flags = own.match(/(?<= )--?[a-z][\w-]*(?=[= ]|$)/gi) ?? [];
  for (const flag of flags) expect(flagsOf(subcommand)).toContain(flag);
});

test("documents name commands that there are", () => {
  const known = allCommands().map(({ name }) => name);
  const unknown = guides.flatMap((page) =>
    (
      readPage(page).match(
        /\bguest-(?!agent|exec-|file-\*)[a-z]+(?:-[a-z]+)+\b|\bguest-exec-[a-z]+\b/g,
      ) ?? []
    )
      .filter((name) => !known.includes(name) && !notOurs.includes(name))
      .map((name) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

/** A part of a subcommand of virsh, and a command for Windows, which differences.md says is not there. */
const notOurs = ["guest-agent-timeout", "guest-get-devices"];

describe("the findings of troubleshooting.md", () => {
  const ids = [...guestChecks, ...hostChecks, ...imageChecks].map(({ id }) => id);
  const page = readPage("docs/troubleshooting.md");
  const rows = [...page.matchAll(/^\| (?!---|what )[^|]*\|([^|]*)\|/gm)].map(
    ([, cell = ""]) => cell,
  );
  const named = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, id = ""]) => id));

  test("are findings of the doctor", () => {
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe("examples", () => {
  const examples = guides.flatMap((page) =>
    blocksOf(readPage(page)).map((block) => ({ ...block, page })),
  );
  const of = (language: string) => examples.filter((block) => block.language === language);

  test.each(of("ini"))("$page:$line is a configuration that means something", ({ text }) => {
    const folder = mkdtempSync(join(tmpdir(), "guestwire-docs-"));
    try {
      const path = join(folder, "qemu-ga.conf");
      writeFileSync(path, text);
      const { config, warnings } = loadConfig(path, {}, {});
      expect(warnings).toEqual([]);
      expect(unknownNames(config, () => allCommands().map(({ name }) => name))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const keys = [...text.matchAll(/^([\w-]+)=/gm)].map(([, key]) => key);
    const known = configKeys.map(({ key }) => key);
    expect(keys.filter((key) => !known.includes(key as string))).toEqual([]);
  });

  test.each(of("toml"))("$page:$line is a policy that can be obeyed", ({ text }) => {
    expect(() => parsePolicy(text)).not.toThrow();
  });

  test.each(of("yaml"))("$page:$line is YAML whose volumes and disks fit", ({ text }) => {
    const { kind, spec } = Bun.YAML.parse(text) as Machine;
    expect(kind).toBe("VirtualMachine");
    const { domain, volumes } = spec.template.spec;
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
    expect(names(domain.devices.disks)).toEqual(names(volumes));
  });

  test.each(of("json"))("$page:$line is a line of the audit log", ({ text }) => {
    const line = JSON.parse(text) as Record<string, unknown>;
    expect(allCommands().find(({ name }) => name === line.command)).toMatchObject({
      privilege: line.privilege,
    });
  });

  const missing = missingSystemPrograms(["xmllint"]);
  test.skipIf(missing.length > 0).each(of("xml"))(
    `$page:$line is XML${needs(missing)}`,
    ({ text }) => {
      const { exitCode, stderr } = Bun.spawnSync(["xmllint", "--noout", "-"], {
        stdin: Buffer.from(text),
      });
      expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
    },
  );
});

/** As far as a document shows it. */
interface Machine {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly domain: {
          readonly devices: { readonly disks: readonly { readonly name: string }[] };
        };
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

test("what is run by npm is a script of the project", () => {
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  const text = [...guides, "CONTRIBUTING.md"].map(readPage).join("\n");
  const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(?:start|test)\b)/g)];
  expect(named.length).toBeGreaterThan(8);
  const unknown = named.filter(([, name]) => name !== undefined && !Object.hasOwn(scripts, name));
  expect(unknown).toEqual([]);
});
