import { afterAll, describe, expect, test } from "bun:test";
import { guestwire, lackOf, qemuGa } from "./binaries.ts";
import { callTopics } from "./cases/command-lines.ts";
import { type Call, CallFolder, comparable } from "./command-line.ts";

// Both agents are called with the same arguments, under the same name, in the same folder.

const both = qemuGa.present && guestwire.present;
const folder = new CallFolder();
afterAll(() => folder.remove());

function testCalls(topic: string, calls: readonly Call[]): void {
  describe(topic, () => {
    for (const call of calls) {
      test.skipIf(!both)(`${call.name}${lackOf(qemuGa, guestwire)}`, () => {
        const theirs = folder.run(call, qemuGa);
        const ours = folder.run(call, guestwire);
        if (call.difference === undefined) {
          expect(comparable(ours)).toEqual(comparable(theirs));
        } else {
          expect(ours).toEqual({ ...theirs, ...call.ours });
          expect(ours).not.toEqual(theirs);
        }
      });
    }
  });
}

for (const [topic, calls] of Object.entries(callTopics)) testCalls(topic, calls);

test.skipIf(!both)(
  `--help names every long option that qemu-ga has${lackOf(qemuGa, guestwire)}`,
  () => {
    const [theirs, ours] = [qemuGa, guestwire].map((binary) =>
      folder.run({ name: "", args: ["--help"] }, binary),
    );
    expect(ours?.status).toBe(0);
    expect(ours?.stderr).toBe("");
    expect(ours?.stdout).toStartWith("Usage: qemu-ga ");
    const options = theirs?.stdout.match(/--[a-z-]+/g) ?? [];
    expect(options.length).toBeGreaterThan(10);
    for (const option of options) expect(ours?.stdout).toContain(option);
  },
);

test.skipIf(!both)(
  `-b help names the commands in qemu-ga's order${lackOf(qemuGa, guestwire)}`,
  () => {
    const lines = (word: string) =>
      [qemuGa, guestwire].map((binary) => {
        const { status, stdout, stderr } = folder.run({ name: "", args: ["-b", word] }, binary);
        expect([status, stderr]).toEqual([0, ""]);
        return stdout.split("\n");
      });
    for (const word of ["help", "?"]) {
      const [theirs = [], ours = []] = lines(word);
      expect(ours.length).toBeGreaterThan(14);
      expect(ours.filter((name) => theirs.includes(name))).toEqual(
        theirs.filter((name) => ours.includes(name)),
      );
    }
  },
);
