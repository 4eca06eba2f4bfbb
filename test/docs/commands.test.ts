/** Every command that a document shows is run, here or by another test, or it is known why it cannot be. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { examples } from "../../scripts/man/guestwire.ts";
import { lackOfNamespace } from "../differential/namespace.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { programsElsewhere, runElsewhere, unrunnable } from "./commands-elsewhere.ts";
import { type Block, blocksOf, commandsOf, guides, project, readPage } from "./markdown.ts";
import { mounts, ScratchHost } from "./scratch-host.ts";

setDefaultTimeout(300_000);

const shells = ["sh", "console"];
/** What is shown and not run; test/docs/mentions.test.ts looks into it. */
const shown = ["yaml", "ini", "xml", "toml", "json"];
/** What test/docs/library.test.ts runs. */
const run = ["js"];

const missing = missingSystemPrograms(["genisoimage", "mksquashfs", "mke2fs", "debugfs"]);
if (process.arch !== "x64") missing.push("an x86-64 machine, which the unpacked images are for");
if (!existsSync(join(project, "dist/guestwire")))
  missing.push("dist/guestwire, which npm run build makes");
const lack = `${needs(missing)}${lackOfNamespace(mounts)}`;
const isElsewhere = new Set(runElsewhere.map(({ command }) => command));

function shellBlocks(page: string): Block[] {
  return blocksOf(readPage(page)).filter(({ language }) => shells.includes(language));
}

function programOf(command: string): string {
  return command.split(" ")[0] as string;
}

function allCommands(page: string): string[] {
  return shellBlocks(page).flatMap(commandsOf);
}

function commandsToRun(page: string): string[] {
  return allCommands(page).filter(
    (command) =>
      !isElsewhere.has(command) &&
      !Object.hasOwn(programsElsewhere, programOf(command)) &&
      !Object.hasOwn(unrunnable, programOf(command)),
  );
}

test.each([...guides])("%s has only blocks that are looked at", (page) => {
  const others = blocksOf(readPage(page))
    .filter(({ language }) => ![...shells, ...shown, ...run].includes(language))
    .map(({ language, line }) => `${page}:${line}: "${language}"`);
  expect(others).toEqual([]);
  for (const block of shellBlocks(page)) expect(commandsOf(block)).not.toBeEmpty();
});

describe("commands that another test runs", () => {
  const shownCommands = new Set(guides.flatMap(allCommands));

  test.each([...runElsewhere])("$command: $file", ({ command, file, words }) => {
    expect(shownCommands).toContain(command);
    expect(readFileSync(join(project, file), "utf8")).toContain(words);
  });

  test.each(Object.entries(programsElsewhere))("%s", (program, { file, words }) => {
    expect([...shownCommands].map(programOf)).toContain(program);
    expect(readFileSync(join(project, file), "utf8")).toContain(words);
  });
});

describe("commands that cannot be run here", () => {
  const pages = guides.flatMap((page) =>
    allCommands(page)
      .filter((command) => Object.hasOwn(unrunnable, programOf(command)))
      .map((command): [string, string] => [page, command]),
  );

  test.each(pages)("%s: %s", (page, command) => {
    const rest = readPage(page).replace(command, "");
    const names = command.match(unrunnable[programOf(command)]?.names ?? /$^/g) ?? [];
    for (const name of names) expect(rest).toContain(name);
  });

  test("are of programs that are named for a reason", () => {
    const used = new Set(pages.map(([, command]) => programOf(command)));
    expect([...used].sort()).toEqual(Object.keys(unrunnable).sort());
  });
});

const runnable = guides.filter((page) => commandsToRun(page).length > 0);

describe.skipIf(lack !== "")(`commands that are run as they stand${lack}`, () => {
  test.each(runnable)("%s", async (page) => {
    using host = new ScratchHost();
    const commands = commandsToRun(page);
    const { status, stderr } = await host.run(commands);
    expect({ status, said: status === 0 ? "" : stderr }).toEqual({ status: 0, said: "" });
    // The trace of the shell has each of them: none was passed over.
    const traced = stderr.split("\n").filter((line) => /^\++ guestwire /.test(line)).length;
    const calls = commands.join("\n").match(/^guestwire /gm)?.length ?? 0;
    expect(traced).toBeGreaterThanOrEqual(calls);
    const made = commands.flatMap(
      (command) => command.match(/(?<=(?:>|-output|--report) )[\w.-]+/g) ?? [],
    );
    for (const name of made) expect(statSync(join(host.folder, name)).size).toBeGreaterThan(0);
  });

  test("the examples of guestwire(1)", async () => {
    using host = new ScratchHost();
    const { status, stderr } = await host.run(examples.flatMap(([, lines]) => lines));
    expect({ status, said: status === 0 ? "" : stderr }).toEqual({ status: 0, said: "" });
  });

  test("a command that fails is noticed, and so is what is behind it", async () => {
    using host = new ScratchHost();
    const { status, stderr } = await host.run(["guestwire call ga.sock guest-nope", "echo behind"]);
    expect(status).toBe(1);
    expect(stderr).toContain("CommandNotFound");
    expect(stderr).not.toContain("echo behind");
  });
});
