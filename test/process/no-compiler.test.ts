import { expect, test } from "bun:test";
import { needsAgent, noAgent, run } from "./agent.ts";

test.skipIf(noAgent)(
  `an agent that may not compile code says so in a sentence, and why${needsAgent}`,
  async () => {
    const environment = { BUN_JSC_useJIT: "0" };
    const { code, stdout, stderr } = await run(["-m", "unix-listen", "-p", "/nonexistent/s"], {
      environment,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      "guestwire: Cannot call libc: the runtime may not compile code; SELinux (execmem), systemd (MemoryDenyWriteExecute=) or BUN_JSC_useJIT=0 keeps it from that\n",
    );
  },
);
