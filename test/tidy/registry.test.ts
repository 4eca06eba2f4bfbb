import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allCommands, qemuCommands, vendorPrefix } from "../../src/commands/registry.ts";

const commands = allCommands();

test("every command that a family states is in its list", () => {
  const folder = join(import.meta.dirname, "../../src/commands");
  const stated = readdirSync(folder).flatMap((file) => [
    ...readFileSync(join(folder, file), "utf8").matchAll(/= command\(\{\s*name: "([^"]+)"/g),
  ]);
  expect(stated.map(([, name]) => name).sort()).toEqual(commands.map(({ name }) => name).sort());
});

/** The QAPI schema has it for Windows alone. */
const placeOfGetDevices = 37;

test("names are given once, and every place of the QAPI schema is taken", () => {
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  const places = Array.from({ length: qemuCommands().length + 1 }, (_, index) => index + 1);
  expect(qemuCommands().map(({ place }) => place)).toEqual(
    places.filter((place) => place !== placeOfGetDevices),
  );
});

test("our own commands come behind those of QEMU, each with a place and our release", () => {
  const ours = commands.filter(({ name }) => name.startsWith(vendorPrefix));
  expect(ours.length).toBeGreaterThan(0);
  expect(commands.slice(-ours.length)).toEqual(ours);
  const places = ours.map(({ place }) => place);
  expect(new Set(places).size).toBe(ours.length);
  expect(Math.min(...places)).toBe(1001);
  for (const { since } of ours) expect(since).toMatch(/^guestwire \d+\.\d+$/);
});

test("every command says what it does in a sentence", () => {
  const mute = commands.filter(({ doc }) => !/^[A-Z].*\.$/.test(doc));
  expect(mute.map(({ name }) => name)).toEqual([]);
});

test("what is allowed while frozen touches no file", () => {
  const frozen = commands.filter(({ whileFrozen }) => whileFrozen === "allowed");
  expect(frozen.map(({ name }) => name).sort()).toEqual([
    "__org.guestwire_capabilities",
    "__org.guestwire_exec-read",
    "__org.guestwire_summary",
    "guest-fsfreeze-status",
    "guest-fsfreeze-thaw",
    "guest-info",
    "guest-ping",
    "guest-sync",
    "guest-sync-delimited",
  ]);
});

test("what does more than look, and has arguments, says what the audit log keeps of them", () => {
  const mute = commands.filter(
    ({ privilege, args, audited }) =>
      privilege !== "audit" && Object.keys(args().entries).length > 0 && audited === undefined,
  );
  expect(mute.map(({ name }) => name)).toEqual([]);
});

test("each command of our own that does more than look is denied with qemu-ga's it could stand in for", () => {
  const own = allCommands().filter(({ name }) => name.startsWith("__org.guestwire_"));
  const names = new Set(allCommands().map(({ name }) => name));
  expect(own.length).toBeGreaterThan(0);
  for (const { name, privilege, deniedWith = [] } of own) {
    expect({ name, isTied: deniedWith.length > 0 }).toEqual({
      name,
      isTied: privilege !== "audit",
    });
    expect(deniedWith.filter((each) => !names.has(each))).toEqual([]);
  }
});
