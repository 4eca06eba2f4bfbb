import { expect, test } from "bun:test";
import type { CommandContext } from "../../src/commands/context.ts";
import { guestShutdown } from "../../src/commands/power.ts";

test("a mode that there is not is refused, and the system log has it all the same", async () => {
  const audits: string[] = [];
  // No more of a context than this: nothing may be run.
  const context = { audit: (text: string) => audits.push(text) } as unknown as CommandContext;
  await expect((async () => guestShutdown.run({ mode: "sleep" }, context))()).rejects.toThrow(
    // Without the closing parenthesis, as qemu-ga has it.
    /^mode is invalid \(valid values are: halt\|powerdown\|reboot$/,
  );
  expect(audits).toEqual(["guest-shutdown called, mode: sleep"]);
});
