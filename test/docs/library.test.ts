/** The examples of docs/library.md are valid for the compiler, and run as they stand under Node and Bun. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libraryFile, libraryTypesFile, writeLibrary } from "../../packaging/library.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { runTool } from "../guest/tool.ts";
import { Agent } from "../process/agent.ts";
import { blocksOf, project, readPage } from "./markdown.ts";

setDefaultTimeout(120_000);

const page = readPage("docs/library.md");
const examples = blocksOf(page).filter(({ language }) => language === "js");

/** What each prints; the names of this machine are asked from it. */
const printed: readonly RegExp[] = [
  /^\S.*\n$/,
  /^\S+\n\n?$/,
  /^0 HELLO\n$/,
  /^1\n2\n3\n0 null\n$/,
  /^GenericError failed to open file '\/nonexistent'.*No such file or directory\n$/,
];

const folder = mkdtempSync(join(tmpdir(), "guestwire-library-"));

function example(index: number): string {
  return join(folder, `example-${index}.mjs`);
}

beforeAll(async () => {
  const installed = join(folder, "node_modules/guestwire");
  mkdirSync(installed, { recursive: true });
  await writeLibrary(installed);
  const exports = { types: `./${libraryTypesFile}`, default: `./${libraryFile}` };
  writeFileSync(
    join(installed, "package.json"),
    JSON.stringify({ name: "guestwire", type: "module", exports }),
  );
  for (const [index, { text }] of examples.entries()) writeFileSync(example(index), text);
});

afterAll(() => rmSync(folder, { recursive: true }));

test("every example is known", () => {
  expect(examples).toHaveLength(printed.length);
});

const lack = needs(missingSystemPrograms(["node"]));

describe.skipIf(lack !== "")(`under Node${lack}`, () => runAll("node"));
describe("under Bun", () => runAll(process.execPath));

function runAll(runtime: string): void {
  for (const binary of [guestwire, qemuGa]) {
    const without = lackOf(binary);
    test.skipIf(without !== "").each(printed.map((text, index) => [index, text] as const))(
      `example %d does what it says with ${binary.name}${without}`,
      async (index, text) => {
        await using agent = await Agent.start([], { path: binary.path });
        const place = mkdtempSync(join(folder, "place-"));
        symlinkSync(agent.socket, join(place, "ga.sock"));
        const { status, stdout, stderr } = await runTool([runtime, example(index)], place);
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        expect(stdout).toMatch(text);
      },
    );
  }
}

test("the compiler has nothing to say about them, and something about what is wrong", async () => {
  const config = {
    compilerOptions: {
      target: "esnext",
      module: "nodenext",
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      types: ["node"],
      typeRoots: [join(project, "node_modules/@types")],
    },
    include: ["*.mjs", "*.mts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(
    join(folder, "right.mts"),
    `import { connect, type Commands } from "guestwire";
const guest = await connect();
const id: bigint = await guest.call("guest-sync", { id: 1 });
const frozen: "thawed" | "frozen" = await guest.call("guest-fsfreeze-status");
const { memory }: Commands["__org.guestwire_summary"]["returns"] = await guest.call("__org.guestwire_summary");
const free: bigint = memory.free;
// @ts-expect-error no such command
await guest.call("guest-nonsense");
// @ts-expect-error an argument is missing
await guest.call("guest-sync");
// @ts-expect-error another type
await guest.call("guest-sync", { id: "1" });
// @ts-expect-error no such argument
await guest.call("guest-sync", { id: 1, ID: 2 });
console.log(id, frozen, free);
`,
  );
  const tsc = join(project, "node_modules/.bin/tsc");
  const { status, stdout } = await runTool([tsc, "--project", folder], folder);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});
