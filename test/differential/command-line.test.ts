import { afterAll, describe, expect, test } from "bun:test";
import { guestwire, lackOf, qemuGa } from "./binaries.ts";
import {
  activationCalls,
  configCalls,
  dumpCalls,
  failingStarts,
  optionCalls,
} from "./cases/command-lines.ts";
import { type Call, CallFolder } from "./command-line.ts";

// Both agents are called with the same arguments, under the same name, in the same folder.

const both = qemuGa.present && guestwire.present;
const folder = new CallFolder();
afterAll(() => folder.remove());

function testCalls(topic: string, calls: Call[]): void {
  describe(topic, () => {
    for (const call of calls) {
      test.skipIf(!both)(`${call.name}${lackOf(qemuGa, guestwire)}`, () => {
        const theirs = folder.run(call, qemuGa);
        const ours = folder.run(call, guestwire);
        expect(ours).toEqual({ ...theirs, ...call.ours });
        if (call.difference !== undefined) expect(ours).not.toEqual(theirs);
      });
    }
  });
}

testCalls("options", optionCalls);
testCalls("dump-conf", dumpCalls);
testCalls("configuration files", configCalls);
testCalls("starts that fail", failingStarts);
testCalls("socket activation", activationCalls);
