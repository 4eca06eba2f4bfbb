import { commands } from "../src/commands/registry.ts";
import { type Difference, differences } from "../test/differential/differences.ts";
import { guestDifferences } from "../test/guest/guest-differences.ts";
import { ownDifferences } from "./own-differences.ts";

/** The generated pages by their path in the project. A test checks that the files are these. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/differences.md", differencesPage()],
    ["docs/commands.md", commandsPage()],
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function differencesPage(): string {
  const rows = (list: readonly Difference[]) =>
    list.map(({ what, qemuGa, guestwire, why }) => [what, qemuGa, guestwire, why]);
  const compared = [...Object.values(differences), ...Object.values(guestDifferences)];
  const head = ["what", "qemu-ga 7.2", "guestwire", "why"];
  return `# Where guestwire differs from qemu-ga

Guestwire answers byte for byte like qemu-ga. This table has the exceptions that are meant. Where later releases of qemu-ga
changed their own answer, guestwire follows the later ones.

${table(head, [...rows(compared), ...rows(ownDifferences)])}

The first ${compared.length} rows are held by the differential tests: they fail for a row that no case shows, and for a difference that is no
row. The last ${Object.keys(guestDifferences).length} of these show where both agents look at one guest. The others concern what a conversation does not show; the tests of the agent hold them.
`;
}

function commandsPage(): string {
  const rows = commands.map((command) => [
    `\`${command.name}\``,
    command.since,
    command.privilege,
    command.whileFrozen,
    command.success,
    command.mechanism,
    command.doc,
  ]);
  return `# Commands

What this agent answers, made from the command literals in \`src/commands/\`.

${table(["command", "since QEMU", "privilege", "while frozen", "success is told by", "by what means", "what it does"], rows)}
`;
}
