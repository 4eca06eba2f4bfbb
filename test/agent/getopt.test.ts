import { describe, expect, test } from "bun:test";
import { getopt, type OptionSpec } from "../../src/agent/getopt.ts";

const options: readonly OptionSpec[] = [
  { short: "v", long: "verbose", value: "none" },
  { short: "V", long: "version", value: "none" },
  { short: "o", long: "output", value: "required" },
  { short: "o", long: "outfile", value: "required" },
  { short: "c", long: "color", value: "optional" },
  { short: "l", long: "log", value: "required" },
  { short: "L", long: "logfile", value: "required" },
  { short: "x", long: null, value: "none" },
  { short: "verbatim", long: "verbatim", value: "required" },
];

function read(words: readonly string[], posixlyCorrect = false): readonly unknown[] {
  return getopt(["prog", ...words], { options, posixlyCorrect });
}

function found(option: string, value: string | null = null) {
  return { option, value };
}

describe("getopt", () => {
  test.each<[string, string[], unknown[]]>([
    ["takes a cluster apart", ["-vxV"], [found("v"), found("x"), found("V")]],
    ["takes the rest of a cluster as value", ["-vofile"], [found("v"), found("o", "file")]],
    ["takes the next word as value", ["-o", "-v"], [found("o", "-v")]],
    ["takes even -- as value", ["-o", "--", "-v"], [found("o", "--"), found("v")]],
    ["takes an empty value", ["-o", "", "--output="], [found("o", ""), found("o", "")]],
    [
      "takes an optional value only when attached",
      ["-c", "red", "-cred"],
      [found("c"), found("c", "red")],
    ],
    ["takes a long value behind =", ["--output=a=b"], [found("o", "a=b")]],
    ["takes a long value from the next word", ["--output", "a"], [found("o", "a")]],
    ["takes no separate value for an optional one", ["--color", "a"], [found("c")]],
    ["tells an empty optional value from none", ["--color="], [found("c", "")]],
    ["passes over operands and a lone dash", ["a", "-", "-v", "b"], [found("v")]],
    ["ends at --", ["-v", "--", "-V"], [found("v")]],
    ["accepts a short form of a long option", ["--verb", "--vers"], [found("v"), found("V")]],
    ["finds two spellings of one option not ambiguous", ["--out=a"], [found("o", "a")]],
    ["takes a name without a letter", ["--verbatim=a"], [found("verbatim", "a")]],
    ["prefers an exact name to a longer one", ["--log=a"], [found("l", "a")]],
  ])("%s", (_, words, expected) => {
    expect(read(words)).toEqual(expected);
  });

  test.each<[string[], string]>([
    [["-q"], "prog: invalid option -- 'q'"],
    [["-:"], "prog: invalid option -- ':'"],
    [["-o"], "prog: option requires an argument -- 'o'"],
    [["--output"], "prog: option '--output' requires an argument"],
    [["--outp"], "prog: option '--output' requires an argument"],
    [["--verbose=1"], "prog: option '--verbose' doesn't allow an argument"],
    [["--verba=1"], "prog: unrecognized option '--verba=1'"],
    [["--what=1"], "prog: unrecognized option '--what=1'"],
    [["--ver"], "prog: option '--ver' is ambiguous; possibilities: '--verbose' '--version'"],
    [["--lo=1"], "prog: option '--lo=1' is ambiguous; possibilities: '--log' '--logfile'"],
    [
      ["--=1"],
      "prog: option '--=1' is ambiguous; possibilities: '--verbose' '--version' '--output' '--outfile' '--color' '--log' '--logfile'",
    ],
  ])("complains of %j as glibc does", (words, complaint) => {
    expect(read(words)).toEqual([{ complaint }]);
  });

  test("goes on after a complaint", () => {
    expect(read(["-qv"])).toEqual([{ complaint: "prog: invalid option -- 'q'" }, found("v")]);
  });

  test("stops at the first operand when POSIXLY_CORRECT is set", () => {
    expect(read(["-v", "a", "-V"], true)).toEqual([found("v")]);
  });
});
