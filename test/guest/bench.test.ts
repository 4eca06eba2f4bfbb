/** `guestwire bench` over a real virtio-serial port: there the socket is QEMU's, and the agent's process is out of sight. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { benchJson, outcomeOf } from "../bench/run-bench.ts";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(240_000);

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(
  `guestwire bench of an agent in a guest${needs(missing)}`,
  () => {
    let guest: Guest;

    beforeAll(async () => {
      guest = await Guest.boot({ agent: agentUnderTest });
    }, bootTimeoutMs);

    afterAll(async () => {
      await guest?.[Symbol.asyncDispose]();
    });

    test("measures through QEMU, says so, and leaves nothing in the guest", async () => {
      const result = await benchJson("--smoke", "--scratch", "/tmp", guest.agent.socket);
      expect(result.agents).toMatchObject([
        { process: null, whyNoProcess: "the agent runs on another machine" },
      ]);
      expect(result.agents[0]?.transport).toMatch(/^unix socket of qemu-system/);
      for (const row of ["ping", "ping-pipelined", "file-read-1m", "file-write-1m", "exec-true"]) {
        expect(`${row}: ${outcomeOf(result, row).kind}`).toBe(`${row}: measured`);
      }
      expect(outcomeOf(result, "recover-random-64k").kind).toBe("measured");
      expect(outcomeOf(result, "ping-cpu").kind).toBe("left out");
      expect(await guest.text("ls -A /tmp")).toBe("");
    });
  },
);
