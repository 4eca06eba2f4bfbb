import { expect, test } from "bun:test";
import { nvmeHealth, parseHealth } from "../../src/linux/block/nvme-health.ts";

test("the log of an NVMe controller is read by the offsets of the specification", () => {
  const log = new Uint8Array(512);
  const view = new DataView(log.buffer);
  log.set([0x04, 0x43, 0x01, 90, 10, 120]);
  for (let at = 32; at < 192; at += 8) view.setBigUint64(at, BigInt(at), true);
  view.setBigUint64(32, 2n ** 64n - 1n, true);
  expect(parseHealth(log)).toEqual({
    criticalWarning: 4,
    temperature: 0x143,
    availableSpare: 90,
    availableSpareThreshold: 10,
    percentageUsed: 120,
    dataUnitsRead: { low: 2n ** 64n - 1n, high: 40n },
    dataUnitsWritten: { low: 48n, high: 56n },
    hostReadCommands: { low: 64n, high: 72n },
    hostWriteCommands: { low: 80n, high: 88n },
    controllerBusyTime: { low: 96n, high: 104n },
    powerCycles: { low: 112n, high: 120n },
    powerOnHours: { low: 128n, high: 136n },
    unsafeShutdowns: { low: 144n, high: 152n },
    mediaErrors: { low: 160n, high: 168n },
    errorLogEntries: { low: 176n, high: 184n },
  });
});

test.each(["/dev/null", "/nonexistent"])("%s does not tell its health", (node) => {
  expect(nvmeHealth(node)).toBeNull();
});
