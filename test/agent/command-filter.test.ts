import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CommandFilter, unknownNames } from "../../src/agent/command-filter.ts";

const whileFrozen = ["guest-ping", "guest-fsfreeze-thaw"];

function filter(allowRpcs: string[], blockRpcs: string[]): CommandFilter {
  return new CommandFilter({ allowRpcs, blockRpcs }, (name) => whileFrozen.includes(name));
}

describe("CommandFilter", () => {
  test.each<[string, string[], string[], boolean]>([
    ["without lists everything is allowed", [], [], true],
    ["the block list refuses", [], ["guest-exec"], false],
    ["the block list refuses nothing else", [], ["guest-exec-status", "guest-exe"], true],
    ["the allow list allows", ["guest-ping", "guest-exec"], [], true],
    ["the allow list refuses the rest", ["guest-ping"], [], false],
    ["the block list takes away from the allow list", ["guest-exec"], ["guest-exec"], false],
    ["an empty name in the allow list allows nothing", [""], [], false],
    ["an unknown name in the allow list allows nothing", ["guest-nope"], [], false],
    ["letters have to match in case", [], ["Guest-Exec"], true],
  ])("while thawed: %s", (_, allow, block, expected) => {
    expect(filter(allow, block).allows({ name: "guest-exec" }, false)).toBe(expected);
  });

  test("a command that could stand in for a blocked one is blocked as well", () => {
    const ours = { name: "__org.guestwire_exec-start", deniedWith: ["guest-exec"] };
    expect(filter([], ["guest-exec"]).allows(ours, false)).toBe(false);
    expect(filter([], ["guest-exec-status"]).allows(ours, false)).toBe(true);
    expect(filter(["guest-exec"], []).allows(ours, false)).toBe(false);
    expect(filter([ours.name], []).allows(ours, false)).toBe(true);
  });

  test("for our own commands the lists count while frozen, too", () => {
    const [read, start] = ["__org.guestwire_exec-read", "__org.guestwire_exec-start"];
    const allows = (allowRpcs: string[], blockRpcs: string[], name: string) =>
      new CommandFilter({ allowRpcs, blockRpcs }, (each) => each === read).allows(
        { name, deniedWith: ["guest-exec"] },
        true,
      );
    expect(allows([], [], read)).toBe(true);
    expect(allows([], [], start)).toBe(false);
    expect(allows([start], [], start)).toBe(false);
    expect(allows([], [read], read)).toBe(false);
    expect(allows([], ["guest-exec"], read)).toBe(false);
    expect(allows(["guest-ping"], [], read)).toBe(false);
    expect(allows([read], [], read)).toBe(true);
  });

  test("while frozen exactly the given commands work, whatever the lists say", () => {
    const names = fc.array(fc.constantFrom("guest-ping", "guest-fsfreeze-thaw", "guest-exec", ""));
    fc.assert(
      fc.property(
        names,
        names,
        fc.constantFrom(...whileFrozen, "guest-exec", ""),
        (allow, block, name) => {
          expect(filter(allow, block).allows({ name }, true)).toBe(whileFrozen.includes(name));
        },
      ),
    );
  });
});

describe("unknownNames", () => {
  const known = ["guest-exec", "guest-exec-status", "guest-ping", "guest-fsfreeze-freeze"];

  test("says nothing about known and empty names", () => {
    expect(
      unknownNames({ allowRpcs: ["guest-ping", ""], blockRpcs: ["guest-exec"] }, () => known),
    ).toEqual([]);
  });

  test("names the list, the name and what was probably meant, once each", () => {
    const lists = {
      allowRpcs: [" guest-ping"],
      blockRpcs: ["guest-exek", "guest-exek", "shutdown"],
    };
    expect(unknownNames(lists, () => known)).toEqual([
      "allow-rpcs names ' guest-ping', which is no command of this agent; did you mean 'guest-ping'?",
      "block-rpcs names 'guest-exek', which is no command of this agent; did you mean 'guest-exec'?",
      "block-rpcs names 'shutdown', which is no command of this agent",
    ]);
  });
});
