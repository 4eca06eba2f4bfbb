/** `guestwire doctor` as a process on this machine, and its wrong uses. */
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { agentPath, needsAgent, noAgent } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";
import { alone, doctor, type Examination, lackOfNamespaces } from "./run-doctor.ts";

const hasPort = existsSync("/dev/virtio-ports/org.qemu.guest_agent.0");

const startAgent = `-m unix-listen -p $folder/socket -t $folder & agent=$!
  until [ -S $folder/socket ]; do kill -0 $agent || exit 1; done
`;

describe.skipIf(noAgent || lackOfNamespaces !== "")(
  `guestwire doctor on this machine${needsAgent}${lackOfNamespaces}`,
  () => {
    test.skipIf(hasPort)("says that it has no port, and how to get one", async () => {
      using scratch = new Scratch();
      const script = 'exec "$guestwire" doctor --json --binary "$guestwire"';
      const [found] = await alone(script, scratch.path);
      const { code, report, find } = found as Examination;
      expect(code).toBe(1);
      expect(report.subject).toEqual({ kind: "guest" });
      expect(report.findings.map(({ id }) => id)).toEqual(guestChecks.map(({ id }) => id));
      const device = find("port-device");
      expect(device.status).toBe("failure");
      expect(device.advice).toContain("org.qemu.guest_agent.0");
      expect(find("port").status).toBe("skipped");
      expect(find("agent").status).toBe("skipped");
      // This machine runs the executable, so that it has to fit.
      for (const id of ["machine", "libraries", "kernel", "cpu"]) {
        expect(`${id}: ${find(id).status}`).toBe(`${id}: ok`);
      }
    });

    test("finds an agent that listens on a socket by its command line", async () => {
      using scratch = new Scratch();
      const script = `"$guestwire" ${startAgent} "$guestwire" doctor --json; kill $agent`;
      const [found] = await alone(script, scratch.path);
      const { find } = found as Examination;
      expect(find("port").seen).toBe(`the socket ${scratch.file("socket")}`);
      expect(find("config").seen).toBe(`valid: unix-listen, ${scratch.file("socket")}`);
      expect(find("agent").seen).toMatch(/ \(\d+[,)]/);
      expect(find("agent-file").seen).toMatch(/, the doctor's own file$/);
      expect(find("privileges").status).not.toBe("skipped");
    });

    test("tells an agent that runs from another file, and one whose file is gone", async () => {
      using scratch = new Scratch();
      const copy = scratch.file("guestwire");
      copyFileSync(agentPath, copy);
      const look = '"$guestwire" doctor --json';
      const script = `$folder/guestwire ${startAgent} ${look}; rm ${copy}; ${look}; kill $agent`;
      const [other, gone] = await alone(script, scratch.path);
      expect(other?.find("agent-file")).toMatchObject({ status: "info" });
      expect(other?.find("agent-file").seen).toStartWith(
        `${copy}, which is another file than the doctor's`,
      );
      expect(gone?.find("agent-file")).toMatchObject({ status: "warning" });
      expect(gone?.find("agent-file").seen).toMatch(/was replaced after process \d+ had started$/);
    });
  },
);

describe.skipIf(noAgent)(`the command line of guestwire doctor${needsAgent}`, () => {
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
