import { describe, expect, test } from "bun:test";
import { PolicyError, parsePolicy } from "../../src/policy/parse.ts";
import { profileNames } from "../../src/policy/profiles.ts";
import { startingFile } from "../../src/policy/starting-file.ts";
import { policyOf } from "./policy-of.ts";

function complaint(...lines: readonly string[]): string {
  try {
    parsePolicy(lines.join("\n"));
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return "none";
}

describe("what cannot be obeyed is told with its line", () => {
  test.each([
    [["profile = "], "line 1: Missing value after '='"],
    [
      ['profile = "fs"', "[files", 'read = ["/srv"]'],
      "line 2: Expected ']' to close a table header but found (0x0A)",
    ],
    [['profile = "fs"', "", 'profile = "audit"'], "line 3: Cannot redefine key 'profile'"],
    [["[files]", "", 'read = ["/a"]'], "profile: it is missing"],
    [['profile = "root"'], "line 1: profile: a profile is one of audit, power"],
    [['profile = ["fs", "root"]'], "line 1: profile[2]: a profile is one of audit, power"],
    [["profile = []"], "line 1: profile: at least one profile"],
    [['profile = "fs"', "profil = 1"], "line 2: profil: there is no such key"],
    [['profile = "fs"', "[file]"], "line 2: file: there is no such key"],
    [['profile = "fs"', "files = 3"], "line 2: files: expected a table"],
    [
      ['profile = "fs"', "[commands]", 'allow = ["guest-exce"]'],
      "line 3: commands.allow[1]: there is no command guest-exce",
    ],
    [
      ['profile = "fs"', "[files]", 'read = ["/a", "b"]'],
      "line 3: files.read[2]: a path begins with /",
    ],
    [
      ['profile = "fs"', "[files]", 'read = ["/a/../b"]'],
      'line 3: files.read[1]: a path has no "." and ".." in it',
    ],
    [
      ['profile = "fs"', "[files]", 'deny = ["/a[bc]"]'],
      "line 3: files.deny[1]: of wildcards there are *, ** and ?; write ? for others",
    ],
    [
      ['profile = "fs"', "[files]", 'deny = ["/a\\u0000b"]'],
      "line 3: files.deny[1]: a path has no U+0000 in it",
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "/a"', "[[exec]]", "args = []"],
      "line 4: exec[2].program: it is missing",
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "df"'],
      "line 3: exec[1].program: a path begins with /",
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "/a"', "args = 1"],
      'line 4: exec[1].args: expected a list, or "any"',
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "/a"', 'args = [{ regex = "a" }]'],
      "exec[1].args[1].regex: there is no such key",
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "/a"', 'env = ["A=b"]'],
      "line 4: exec[1].env[1]: the name of a variable, without =",
    ],
    [
      ['profile = "exec"', "[[exec]]", 'program = "/a"', "run-seconds = 0"],
      "line 4: exec[1].run-seconds: at least 1",
    ],
    [
      ['profile = "fs"', "[file-systems]", 'mount-points = ["srv"]'],
      "line 3: file-systems.mount-points[1]: a path begins with /",
    ],
    [['profile = "fs"', "__proto__ = 1"], "__proto__: there is no such key"],
  ])("%p", (lines, said) => {
    expect(complaint(...lines)).toContain(said);
  });

  test("all of it at once", () => {
    const said = complaint('profile = "f"', "a = 1", "files = 3");
    expect(said).toContain("line 1: profile: a profile is one of");
    expect(said).toContain("line 2: a: there is no such key");
    expect(said).toContain("line 3: files: expected a table");
  });
});

describe("a policy to begin with", () => {
  test.each([...profileNames])("%s can be obeyed, as it stands and with its examples", (name) => {
    const text = startingFile(name);
    expect(policyOf(text).profiles).toContain(name);
    // Comments that are no sentences are what could stand there.
    const filled = text.replaceAll(/^#(?=[a-z-]+ = |\[)/gm, "");
    expect(filled).not.toBe(text);
    expect(complaint(filled)).toBe("none");
  });
});
