/** `guestwire completion`, in the shells that it is for. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { usages } from "../../src/cli/usages.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { runTool } from "../guest/tool.ts";
import { agentPath, needsAgent, noAgent } from "./agent.ts";
import { runPiped } from "./piped.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

async function completed(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runPiped(["__complete", ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1);
}

test("every subcommand has a text of help, and no other has", () => {
  const main = readFileSync(join(import.meta.dirname, "../../src/cli/main.ts"), "utf8");
  const table = /subcommands: Readonly.*?= \{([\s\S]*?)\n\};/.exec(main)?.[1] ?? "";
  const names = [...table.matchAll(/^ {2}"?([\w-]+)"?:/gm)].map(([, name = ""]) => name);
  expect(Object.keys(usages).sort()).toEqual(names.sort());
});

describe.skipIf(noAgent)(`what may come next${needsAgent}`, () => {
  test("a subcommand", async () => {
    expect(await completed("")).toEqual(Object.keys(usages));
    expect(await completed("fr")).toEqual(["freeze", "freeze-plan"]);
    expect(await completed("nonsense", "")).toEqual([]);
  });

  test("an option of it", async () => {
    expect((await completed("wait", "--")).toSorted()).toEqual([
      "--all",
      "--for",
      "--help",
      "--json",
      "--parallel",
      "--targets",
      "--timeout",
    ]);
    expect(await completed("wait", "--for", "")).toEqual([
      "agent",
      "network",
      "cloud-init",
      "port:",
    ]);
    expect(await completed("exec", "x", "--", "ls", "--")).toEqual([]);
  });

  test("a command of the agent, and its arguments that are not given yet", async () => {
    const all = allCommands().map(({ name }) => name);
    expect(await completed("call", "web", "")).toEqual(all);
    expect(await completed("call", "--timeout", "3", "web", "guest-pi")).toEqual(["guest-ping"]);
    expect(await completed("call", "web", "guest-file-read", "handle=1", "")).toEqual(["count="]);
    expect(await completed("call", "--targets", "a,b", "guest-pi")).toEqual(["guest-ping"]);
    expect(await completed("call", "web", "guest-nonsense", "")).toEqual([]);
  });

  test("wrong use is told", async () => {
    for (const args of [[], ["tcsh"], ["bash", "more"]]) {
      expect(await runPiped(["completion", ...args])).toMatchObject({ code: 125, stdout: "" });
    }
  });
});

/** What each shell makes of `guestwire call x guest-sync`, with the cursor behind it. */
const asked: Readonly<Record<string, string>> = {
  bash: `eval "$(guestwire completion bash)"
    COMP_WORDS=(guestwire call x guest-sync) COMP_CWORD=3
    _guestwire; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // compadd is of the editor alone.
  zsh: `compdef() { : }; compadd() { print -l -- \${@:#-*} | grep . }
    eval "$(guestwire completion zsh)"
    words=(guestwire call x guest-sync) CURRENT=4
    _guestwire`,
  fish: `guestwire completion fish | source
    complete --do-complete "guestwire call x guest-sync"`,
};

describe("asked by a shell", () => {
  for (const [shell, script] of Object.entries(asked)) {
    const lack = `${needs(missingSystemPrograms([shell]))}${needsAgent}`;
    test.skipIf(lack !== "")(`${shell}${lack}`, async () => {
      using scratch = new Scratch();
      symlinkSync(agentPath, scratch.file("guestwire"));
      const environment = [`PATH=${scratch.path}:${process.env.PATH}`, `HOME=${scratch.path}`];
      const { stdout, stderr } = await runTool(["env", ...environment, shell, "-c", script]);
      // fish sorts them.
      expect({ found: stdout.trimEnd().split("\n").sort(), stderr }).toEqual({
        found: ["guest-sync", "guest-sync-delimited"],
        stderr: "",
      });
    });
  }
});
