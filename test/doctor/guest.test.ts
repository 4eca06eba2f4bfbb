import { describe, expect, test } from "bun:test";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { canMakeDevices, guestFindings, healthy, needsDevices } from "./recorded-system.ts";

describe.skipIf(!canMakeDevices)(`a recorded guest${needsDevices}`, () => {
  test("in good health has nothing to complain about", async () => {
    const found = await guestFindings(healthy);
    const bad = [...found.values()].filter(({ status }) => status !== "ok" && status !== "info");
    expect(bad.map(({ id, status, seen }) => `${id}: ${status}: ${seen}`)).toEqual([
      // The executable of this tree is an empty file.
      "machine: failure: /usr/bin/guestwire is no executable",
      "libraries: skipped: not looked at, because of machine",
    ]);
    expect(found.get("port-holder")?.seen).toBe(
      "/dev/vport2p1 is open in /usr/bin/guestwire (700)",
    );
    expect(found.get("agent")?.seen).toBe("/usr/bin/guestwire (700, of guestwire.service)");
    expect(found.get("freeze")?.seen).toBe("in this order: /");
    expect(found.get("port-host")?.seen).toBe("a host is connected");
  });
});

test("every check has an id of its own, and says what it expects", () => {
  expect(new Set(guestChecks.map(({ id }) => id)).size).toBe(guestChecks.length);
  const ids = guestChecks.map(({ id }) => id);
  for (const [place, { id, expected, needs = [] }] of guestChecks.entries()) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(expected.length).toBeGreaterThan(0);
    // What a check needs has been looked at before it.
    expect(ids.slice(0, place)).toEqual(expect.arrayContaining([...needs]));
  }
});
