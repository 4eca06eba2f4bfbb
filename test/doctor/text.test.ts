import { describe, expect, test } from "bun:test";
import { type Finding, failure, info, ok, skipped, warning } from "../../src/doctor/finding.ts";
import { report } from "../../src/doctor/report.ts";
import { reportText } from "../../src/doctor/text.ts";
import { agentPath, needsAgent, noAgent, run } from "../process/agent.ts";

const common = { topic: "Topic", expected: "what should be" };
const findings: Finding[] = [
  { id: "good", ...common, ...ok("as it should be") },
  { id: "worth-knowing", ...common, ...info("a fact") },
  { id: "bad", ...common, topic: "Other", ...failure("what is wrong", "this helps") },
  {
    id: "doubtful",
    ...common,
    topic: "Other",
    ...warning("word ".repeat(30).trim(), "that helps"),
  },
  { id: "hidden", ...common, topic: "Other", ...skipped("not as root") },
];

describe("reportText", () => {
  const made = report("1.2.3", { kind: "image", root: "/mnt\x1b[2J" }, findings);

  test("aligns what was seen, and says below what is wrong what to do", () => {
    expect(reportText(made, false)).toBe(`guestwire doctor 1.2.3: the image at /mnt\\u{1b}[2J

Topic
  ok       good           as it should be
  info     worth-knowing  a fact

Other
  failure  bad            what is wrong
             expected     what should be
             do           this helps
  warning  doubtful       word word word word word word word word word word word word word word word
                          word word word word word word word word word word word word word word word
             expected     what should be
             do           that helps
  skipped  hidden         not as root

1 ok, 1 info, 1 warning, 1 failure, 1 skipped
`);
  });

  test("colours the status alone", () => {
    const plain = reportText(made, false);
    const coloured = reportText(made, true);
    expect(coloured).toContain("\x1b[1;31mfailure\x1b[0m  bad");
    expect(Bun.stripANSI(coloured)).toBe(plain);
  });
});

const hasScript = Bun.which("script") !== null;

describe.skipIf(noAgent || !hasScript)(
  `on a terminal${needsAgent}${hasScript ? "" : " (needs script, of bsdutils)"}`,
  () => {
    /** script(1) gives a program a terminal of its own. */
    const onTerminal = (environment: Readonly<Record<string, string>>) =>
      run(["-qec", `${agentPath} doctor /nonexistent/socket`, "/dev/null"], {
        path: "script",
        environment: { TERM: "xterm", ...environment },
      });

    test("there are colours, unless NO_COLOR or a dumb terminal forbids them", async () => {
      expect((await onTerminal({})).stdout).toContain("\x1b[1;31mfailure");
      expect((await onTerminal({ NO_COLOR: "1" })).stdout).not.toContain("\x1b");
      expect((await onTerminal({ TERM: "dumb" })).stdout).not.toContain("\x1b");
    });
  },
);
