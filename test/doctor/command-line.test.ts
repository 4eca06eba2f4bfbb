/** `guestwire doctor` as a process on this machine, and its wrong uses. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { agentPath, needsAgent, noAgent, Program } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";
import { doctor, examination } from "./run-doctor.ts";

const hasPort = existsSync("/dev/virtio-ports/org.qemu.guest_agent.0");

describe.skipIf(noAgent)(`guestwire doctor${needsAgent}`, () => {
  test.skipIf(hasPort)(
    "says of a machine without a port that it has none, and how to get one",
    async () => {
      const { code, report, find } = await examination("--binary", agentPath);
      expect(code).toBe(1);
      expect(report.subject).toEqual({ kind: "guest" });
      expect(report.findings.map(({ id }) => id)).toEqual(guestChecks.map(({ id }) => id));
      const device = find("port-device");
      expect(device.status).toBe("failure");
      expect(device.advice).toContain("org.qemu.guest_agent.0");
      expect(find("port").status).toBe("skipped");
      expect(find("agent").status).toBe("skipped");
      // This machine runs the executable, so that it has to fit.
      expect(find("machine").status).toBe("ok");
      expect(find("libraries").status).toBe("ok");
      expect(find("kernel").status).toBe("ok");
      expect(find("cpu").status).toBe("ok");
    },
  );

  test("finds an agent that listens on a socket by its command line", async () => {
    using scratch = new Scratch();
    const args = ["-m", "unix-listen", "-p", scratch.file("socket"), "-t", scratch.path];
    await using program = new Program(args);
    let found = await examination();
    while (found.find("agent").status === "skipped") {
      if (!program.alive) throw new Error(program.stderr);
      found = await examination();
    }
    expect(found.find("port").seen).toBe(`the socket ${scratch.file("socket")}`);
    expect(found.find("config").seen).toBe(`valid: unix-listen, ${scratch.file("socket")}`);
    expect(found.find("agent").seen).toContain(`(${program.pid}`);
    expect(found.find("agent-file").seen).toMatch(/, the doctor's own file$/);
  });

  test.each([
    [["/x", "/y"], "Too many arguments: /y"],
    [["--root", "/", "/x"], "--root and SOCKET exclude each other"],
    [["--binary", "/bin/sh", "/x"], "--binary is for guests and images"],
    [["--timeout", "1"], "--timeout is for the conversation"],
    [["--timeout", "0", "/x"], "--timeout takes seconds"],
    [["--nonsense"], ""],
  ] as const)("wrong use: %j", async (args, complaint) => {
    const { code, stdout, stderr } = await doctor(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toStartWith(`guestwire doctor: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire doctor ");
  });

  test.each([
    [["--root", "/nonexistent"], /^guestwire doctor: --root: .*ENOENT/],
    [
      ["--root", "/etc/passwd"],
      /^guestwire doctor: --root takes a directory: "\/etc\/passwd" is a file\n$/,
    ],
    [["--binary", "/etc"], /^guestwire doctor: --binary takes a file/],
  ] as const)("what is not there: %j", async (args, complaint) => {
    const { code, stdout, stderr } = await doctor(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(complaint);
  });

  test("--help", async () => {
    const { code, stdout, stderr } = await doctor(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith("Usage: guestwire doctor ");
  });
});
