import { qemuCommands } from "../src/commands/registry.ts";
import { guestChecks } from "../src/doctor/guest/all.ts";
import { hostChecks } from "../src/doctor/host/all.ts";
import { imageChecks } from "../src/doctor/image/all.ts";
import { schemaVersion } from "../src/doctor/report.ts";
import { type Difference, differences } from "../test/differential/differences.ts";
import { allFaults } from "../test/faults/all.ts";
import { guestDifferences } from "../test/guest/guest-differences.ts";
import { limits } from "./limits.ts";
import { agentPage } from "./man/agent.ts";
import { guestwirePage } from "./man/guestwire.ts";
import { ownDifferences } from "./own-differences.ts";
import { table } from "./table.ts";
import { vendorPage } from "./vendor-page.ts";

/** The generated pages by their path in the project. A test checks that the files are these. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/differences.md", differencesPage()],
    ["docs/commands.md", commandsPage()],
    ["docs/vendor-commands.md", vendorPage()],
    ["docs/doctor.md", doctorPage()],
    ["docs/faults.md", faultsPage()],
    ["docs/limits.md", limitsPage()],
    ["docs/man/guestwire.1", guestwirePage()],
    ["docs/man/guestwire-agent.8", agentPage()],
  ]);
}

/** What a test shows by asking both agents. */
const comparedDifferences: readonly Difference[] = [
  ...Object.values(differences),
  ...Object.values(guestDifferences),
];
/** Every deliberate difference; its number on the page is its place here, from 1. */
const allDifferences: readonly Difference[] = [...comparedDifferences, ...ownDifferences];

function differencesPage(): string {
  const rows = allDifferences.map(({ what, qemuGa, guestwire, why }, index) => [
    String(index + 1),
    what,
    qemuGa,
    guestwire,
    why,
  ]);
  const head = ["", "what", "qemu-ga 7.2", "guestwire", "why"];
  return `# Where guestwire differs from qemu-ga

Guestwire answers byte for byte like qemu-ga. This table has the exceptions that are meant. Where later releases of qemu-ga
changed their own answer, guestwire follows the later ones.

${table(head, rows)}

The first ${comparedDifferences.length} rows are held by the differential tests, the last ${Object.keys(guestDifferences).length} of them by one in a guest: they fail for a row that no
case shows, and for a difference that is no row. The others concern what a conversation does not show; the tests of the
agent hold them.
`;
}

/** The numbers of the differences whose subject names a command, or a group of commands as in `guest-file-*`. */
function differencesOf(name: string): string {
  const numbers = allDifferences.flatMap(({ what }, index) => {
    const named = what.match(/guest-[a-z-]*(?:\*|[a-z])/g) ?? [];
    const isMeant = named.some((each) =>
      each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : each === name,
    );
    return isMeant ? [index + 1] : [];
  });
  return numbers.length === 0 ? "" : `[${numbers.join(", ")}](differences.md)`;
}

function commandsPage(): string {
  const rows = qemuCommands().map((command) => [
    `\`${command.name}\``,
    command.since,
    command.privilege,
    command.whileFrozen,
    command.success,
    command.mechanism,
    differencesOf(command.name),
    command.doc,
  ]);
  const head = [
    "command",
    "since QEMU",
    "privilege",
    "while frozen",
    "success is told by",
    "by what means",
    "differs from qemu-ga",
    "what it does",
  ];
  return `# Commands

What this agent answers, made from the command literals in \`src/commands/\`. The numbers are those of the rows in
[differences.md](differences.md); what concerns no single command stands there alone. Those that qemu-ga does not have are in
[vendor-commands.md](vendor-commands.md).

${table(head, rows)}
`;
}

function faultsPage(): string {
  const sections = allFaults.map(
    ({ title, faults }) => `## ${title}

${table(
  ["what happens", "guestwire", "qemu-ga 7.2", "shown by"],
  faults.map(({ fault, ours, reference, shownBy }) => [fault, ours, reference, `\`${shownBy}\``]),
)}
`,
  );
  return `# What agents do when things go wrong

Made from the rows beside the tests that show them. Each test commits the fault to both agents, and fails when what it sees
is not what the row says. Where a row gives a bound of memory, it is the lowest of a few round ones that held.

${sections.join("\n")}`;
}

function limitsPage(): string {
  const rows = limits.map(({ name, value, unit, what, passed, key }) => [
    `\`${name}\``,
    `${value} ${unit}`.trim(),
    what,
    passed,
    key === undefined ? "" : `\`${key}=\``,
  ]);
  return `# Limits

Made from the constants in the source. Nothing that a host, a program or the guest can make grow is without one. The keys
stand in the group \`general\` of \`/etc/qemu/qemu-ga.conf\`; qemu-ga passes them over.

${table(["name", "value", "what is bounded", "what comes of passing it", "key"], rows)}

Beside these, every file that is read has a bound of its own, beyond which reading it is an error (EFBIG), and helper
programs have deadlines.
`;
}

interface Described {
  readonly id: string;
  readonly topic: string;
  readonly expected: string;
}

function checksTable(checks: readonly Described[]): string {
  return table(
    ["id", "topic", "what is expected"],
    checks.map(({ id, topic, expected }) => [`\`${id}\``, topic, expected]),
  );
}

function doctorPage(): string {
  return `# What guestwire doctor looks at

Made from the check literals in \`src/doctor/\`. Ids are stable: scripts may ask for them.

Nothing is changed and nothing disturbed. Open files of processes are read off /proc, so the port itself is never opened. To
shares and FUSE mounts, which may not answer, a process of its own is sent with a deadline. On the host nothing is said to
a socket on which another client is served or waits.

## In the guest: \`guestwire doctor\`

Run it as root: what only root can see is skipped otherwise, and says so. The configuration is the running agent's, by its
command line and file, or where none runs that of /etc/qemu/qemu-ga.conf.

${checksTable(guestChecks)}

## An unpacked image: \`guestwire doctor --root DIR\`

No link of the image leads out of DIR.

${checksTable(imageChecks)}

## From the host: \`guestwire doctor SOCKET\`

The whole conversation has one deadline (\`--timeout\`, 10 seconds unless said otherwise), whatever answers or does not.

${checksTable(hostChecks)}

## JSON

\`--json\` prints one object on one line:

| member | what it is |
| --- | --- |
| \`schemaVersion\` | ${schemaVersion}; grows when a member changes its meaning or goes. Members and findings that are added do not count. |
| \`guestwire\` | the version of the doctor |
| \`subject\` | \`{"kind": "guest"}\`, \`{"kind": "image", "root": DIR}\` or \`{"kind": "host", "socket": SOCKET}\` |
| \`counts\` | how many findings have each status: \`ok\`, \`info\`, \`warning\`, \`failure\`, \`skipped\` |
| \`findings\` | in the order of the tables above |

and each finding has

| member | what it is |
| --- | --- |
| \`id\`, \`topic\`, \`expected\` | as in the tables |
| \`status\` | \`ok\`; \`info\`: worth knowing, nothing to mend; \`warning\`; \`failure\`; \`skipped\`: it could not be told |
| \`seen\` | what was seen, for people; of what is skipped, why |
| \`advice\` | what to do, or null |
`;
}
