/** The manual pages: that their tools have nothing to say about them, and that nothing is missing in them. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { escaped, prose } from "../../scripts/man/roff.ts";
import { readUsage } from "../../scripts/man/usage-text.ts";
import { configKeys } from "../../src/agent/config.ts";
import { agentOptions } from "../../src/agent/options.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { runTool } from "../guest/tool.ts";
import { project } from "./markdown.ts";

const pages = ["docs/man/guestwire.1", "docs/man/guestwire-agent.8"];
const [clientPage, agentPage] = pages as [string, string];

/** Each looks at other things. */
const lints: readonly (readonly [program: string, args: readonly string[]])[] = [
  ["mandoc", ["-T", "lint"]],
  ["man", ["--warnings", "--local-file"]],
  ["groff", ["-man", "-ww", "-z", "-Tutf8"]],
];

for (const [program, args] of lints) {
  const missing = missingSystemPrograms([program]);
  test.skipIf(missing.length > 0).each(pages)(
    `${program} finds nothing wrong with %s${needs(missing)}`,
    async (page) => {
      const { status, stdout, stderr } = await runTool([program, ...args, join(project, page)]);
      const said = program === "man" ? stderr : `${stdout}${stderr}`;
      expect({ status, said }).toEqual({ status: 0, said: "" });
    },
  );
}

const missingMandoc = missingSystemPrograms(["mandoc"]);

describe.skipIf(missingMandoc.length > 0)(`as they are read${needs(missingMandoc)}`, () => {
  /** Without bold and underlines, which are done by going back. */
  async function shown(page: string): Promise<string> {
    const { stdout } = await runTool([
      "mandoc",
      "-T",
      "ascii",
      "-O",
      "width=200",
      join(project, page),
    ]);
    return stdout.replaceAll(/.\x08/g, "");
  }

  test("guestwire(1) has every subcommand", async () => {
    const text = await shown(clientPage);
    const main = readFileSync(join(project, "src/cli/main.ts"), "utf8");
    const table = /subcommands: Readonly.*?= \{([\s\S]*?)\n\};/.exec(main)?.[1] ?? "";
    const names = [...table.matchAll(/^ {2}"?([\w-]+)"?:/gm)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(7);
    for (const name of names) expect(text).toMatch(new RegExp(`^ {3}guestwire ${name}$`, "m"));
  });

  test("guestwire-agent(8) has every option, key and command", async () => {
    const text = await shown(agentPage);
    for (const { long, short } of agentOptions) {
      expect(text).toMatch(new RegExp(`^ {7}.*${long === null ? `-${short} ` : `--${long}`}`, "m"));
    }
    for (const { key } of configKeys) expect(text).toMatch(new RegExp(`^ {7}${key}=`, "m"));
    for (const { name } of allCommands()) expect(text).toMatch(new RegExp(`^ {7}${name}$`, "m"));
  });

  test("examples can be copied", async () => {
    expect(await shown(clientPage)).toContain(
      "\n       guestwire cloud-init --url https://example.org/guestwire > user-data\n",
    );
  });
});

test("no character of a text becomes a request or another character", () => {
  expect(escaped("a\\b -x 'y' `z` ^~")).toBe("a\\eb \\-x \\(aqy\\(aq \\(gaz\\(ga \\(ha\\(ti");
  expect(prose(".SH is no heading")).toBe("\\&.SH is no heading\n");
  expect(() => escaped("é")).toThrow("Cannot write");
});

test("what --help prints is taken apart into calls, headings, paragraphs and lists", () => {
  const help = `Usage: tool [-a]      one way
       tool SOCKET
Says what it is.

Head
  -a, --all    first line
               and second
      --old    as --all

The end:
  one  two
`;
  expect(readUsage(help)).toEqual({
    synopsis: ["tool [-a]", "tool SOCKET"],
    blocks: [
      { kind: "text", text: "Says what it is." },
      { kind: "heading", text: "Head" },
      {
        kind: "list",
        items: [
          { term: "-a, --all", text: "first line and second" },
          { term: "--old", text: "as --all" },
        ],
      },
      { kind: "text", text: "The end:" },
      { kind: "list", items: [{ term: "one", text: "two" }] },
    ],
  });
});
