import { counted, type Finding, type Status } from "./finding.ts";
import type { Report, Subject } from "./report.ts";

const columnsMax = 100;

/** SGR parameters (ECMA-48, 8.3.117). */
const colours: Readonly<Record<Status, string>> = {
  ok: "32",
  info: "36",
  warning: "33",
  failure: "1;31",
  skipped: "2",
};

const subjects: {
  readonly [Kind in Subject["kind"]]: (subject: Subject & { kind: Kind }) => string;
} = {
  guest: () => "this system as a guest",
  image: ({ root }) => `the image at ${root}`,
  host: ({ socket }) => `the agent behind ${socket}`,
};

const statusWidth = "failure".length;

/** The report for people. */
export function reportText(report: Report, isColoured: boolean): string {
  const { findings, guestwire, subject } = report;
  const describe = subjects[subject.kind] as (subject: Subject) => string;
  const idWidth = Math.max(...findings.map(({ id }) => id.length));
  const lines = [`guestwire doctor ${guestwire}: ${printable(describe(subject))}`];
  let topic = "";
  for (const finding of findings) {
    if (finding.topic !== topic) {
      topic = finding.topic;
      lines.push("", topic);
    }
    lines.push(...findingLines(finding, idWidth, isColoured));
  }
  lines.push("", summary(report), "");
  return lines.join("\n");
}

function findingLines(finding: Finding, idWidth: number, isColoured: boolean): string[] {
  const { status, id, seen, expected, advice } = finding;
  const word = status.padEnd(statusWidth);
  const painted = isColoured ? `\x1b[${colours[status]}m${word}\x1b[0m` : word;
  const indent = 2 + statusWidth + 2 + idWidth + 2;
  const below = (title: string, text: string) =>
    indented(text, indent, `${" ".repeat(2 + statusWidth + 2)}${`  ${title}`.padEnd(idWidth)}  `);
  const lines = indented(seen, indent, `  ${painted}  ${id.padEnd(idWidth)}  `);
  if (advice === null) return lines;
  return [...lines, ...below("expected", expected), ...below("do", advice)];
}

/** Text between a margin and `columnsMax`, with something before its first line. */
function indented(text: string, indent: number, before: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > columnsMax) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  const [first = "", ...rest] = [...lines, line];
  return [`${before}${first}`, ...rest.map((each) => `${" ".repeat(indent)}${each}`)];
}

function summary({ counts }: Report): string {
  const { ok, info, warning, failure, skipped } = counts;
  const parts = [
    `${ok} ok`,
    `${info} info`,
    counted(warning, "warning"),
    counted(failure, "failure"),
  ];
  return [...parts, `${skipped} skipped`].join(", ");
}

/** Agents, mount points and files may say what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    return `\\u{${code.toString(16)}}`;
  });
}
