/** What the program says that it is, by the name that it is called by. */
import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import manifest from "../../package.json";
import { Agent, agentPath, needsAgent, noAgent, run } from "./agent.ts";
import { Scratch } from "./scratch.ts";

const protocolVersion = "11.0.0";

describe.skipIf(noAgent)(`the name the program is called by${needsAgent}`, () => {
  test("qemu-ga, by a symlink: it gives qemu-ga's version", async () => {
    using scratch = new Scratch();
    const path = scratch.file("qemu-ga");
    symlinkSync(agentPath, path);
    for (const flag of ["--version", "-V", "--vers"]) {
      expect(await run([flag], { path })).toEqual({
        code: 0,
        signal: null,
        stdout: `QEMU Guest Agent ${protocolVersion}\n`,
        stderr: "",
      });
    }
  });

  test("guestwire: it gives its own version and qemu-ga's", async () => {
    using scratch = new Scratch();
    const path = scratch.file("guestwire");
    symlinkSync(agentPath, path);
    const { code, stdout } = await run(["--version"], { path });
    expect(code).toBe(0);
    expect(stdout).toBe(`guestwire ${manifest.version} (QEMU Guest Agent ${protocolVersion})\n`);
  });

  test("guest-info gives qemu-ga's version under either name", async () => {
    for (const argv0 of ["qemu-ga", "guestwire"]) {
      await using agent = await Agent.start([], { argv0 });
      using client = await agent.client();
      expect(client.call("guest-info")).toMatchObject({ version: protocolVersion });
    }
  });

  test("under qemu-ga's name a subcommand is an operand, and ignored", async () => {
    await using agent = await Agent.start([], { argv0: "qemu-ga", prefix: ["call"] });
    using client = await agent.client();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("under its own name a word that is no subcommand starts no agent", async () => {
    const { code, stdout, stderr } = await run(["cal", "x"], { argv0: "guestwire" });
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith('guestwire: unknown subcommand "cal"; there is audit, bench, ');
  });

  test("the complaint about an option begins with the name", async () => {
    for (const argv0 of ["qemu-ga", "/opt/bin/qemu-ga", "guestwire"]) {
      expect(await run(["--nonsense"], { argv0 })).toEqual({
        code: 1,
        signal: null,
        stdout: `Unknown option, try '${argv0} --help' for more information.\n`,
        stderr: `${argv0}: unrecognized option '--nonsense'\n`,
      });
    }
  });

  test("the help names the program", async () => {
    const { code, stdout, stderr } = await run(["--help"], { argv0: "/usr/sbin/qemu-ga" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("qemu-ga");
  });
});
