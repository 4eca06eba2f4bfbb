/** A password reaches chpasswd and nobody else. The program is one of the test's own, which looks around. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { Scratch } from "./scratch.ts";

const username = "guestwire-no-such-user";
const password = "Tr0ub4dor-and-3-horses";
const encoded = btoa(password);

/** Notes its input, and then what every process shows of its command line and its environment. */
const nosyProgram = `#!/bin/sh
/bin/cat > input
/bin/cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ > seen 2>/dev/null
echo "$0 $*"
exit 1
`;

describe.skipIf(noAgent)(`guest-set-user-password${needsAgent}`, () => {
  test("shows the password in no command line, no environment and no log", async () => {
    using scratch = new Scratch();
    const bin = scratch.file("bin");
    mkdirSync(bin);
    const log = scratch.file("log");
    for (const [name, words] of [
      ["chpasswd", "-e"],
      ["busybox", "chpasswd -e"],
    ] as const) {
      await using agent = await Agent.start(["-v", "-l", log], {
        environment: { PATH: bin },
        folder: scratch.file("."),
      });
      writeFileSync(`${bin}/${name}`, nosyProgram);
      chmodSync(`${bin}/${name}`, 0o755);
      using client = await agent.client();
      const reply = client.ask("guest-set-user-password", {
        username,
        password: encoded,
        crypted: true,
      });
      expect(reply.error?.desc).toBe(
        `child process has failed to set user password: ${bin}/${name} ${words}\n`,
      );
      expect(readFileSync(scratch.file("input"), "utf8")).toBe(`${username}:${password}\n`);
      const seen = readFileSync(scratch.file("seen"), "latin1");
      expect(seen).toContain(`${bin}/${name}\0`);
      const logged = readFileSync(log, "utf8") + agent.program.stderr;
      for (const text of [seen, logged]) {
        expect(text.includes(password)).toBe(false);
        expect(text.includes(encoded)).toBe(false);
      }
      // The next round finds no chpasswd any more.
      chmodSync(`${bin}/${name}`, 0);
    }
  });
});
