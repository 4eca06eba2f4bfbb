import { describe, expect, test } from "bun:test";
import { helpText } from "../../src/agent/help.ts";
import { agentOptions } from "../../src/agent/options.ts";

const terminalColumns = 80;

describe("helpText", () => {
  test.each(agentOptions.map(({ short, long }) => [short, long]))(
    "has -%s, --%s",
    (short, long) => {
      const lines = helpText("qemu-ga").split("\n");
      expect(lines.some((line) => long === null || new RegExp(`^ .*--${long}\\b`).test(line))).toBe(
        true,
      );
      if (short === long) return;
      expect(lines.some((line) => new RegExp(`^  -${short}[ ,]`).test(line))).toBe(true);
    },
  );

  test("begins with the name the program was called by", () => {
    expect(helpText("./x")).toStartWith("Usage: ./x [");
  });

  test("fits a terminal", () => {
    for (const line of helpText("qemu-ga").split("\n")) {
      expect(line.length).toBeLessThanOrEqual(terminalColumns);
    }
  });
});
