/** What other clients rely on, each at one point. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Agent, needsAgent, noAgent } from "../process/agent.ts";
import type { Client } from "../process/client.ts";

setDefaultTimeout(60_000);

describe.skipIf(noAgent)(`other clients${needsAgent}`, () => {
  let agent: Agent;
  let client: Client;

  beforeAll(async () => {
    agent = await Agent.start();
    client = await agent.client();
  });
  afterAll(async () => {
    client.close();
    await agent[Symbol.asyncDispose]();
  });

  const info = () => client.call("guest-info") as Info;

  test("Ansible (community.libvirt) compares whole entries of guest-info", () => {
    for (const name of ["guest-file-open", "guest-file-read", "guest-file-write"]) {
      expect(info().supported_commands).toContainEqual({
        enabled: true,
        name,
        "success-response": true,
      });
    }
    for (const entry of info().supported_commands) {
      expect(Object.keys(entry).sort()).toEqual(["enabled", "name", "success-response"]);
    }
  });

  test("Ansible finds exec as well", () => {
    for (const name of ["guest-exec", "guest-exec-status"]) {
      expect(info().supported_commands).toContainEqual({
        enabled: true,
        name,
        "success-response": true,
      });
    }
  });

  const kubeVirtCommands = [
    "guest-ping",
    "guest-get-time",
    "guest-info",
    "guest-shutdown",
    "guest-network-get-interfaces",
    "guest-get-fsinfo",
    "guest-get-host-name",
    "guest-get-users",
    "guest-get-timezone",
    "guest-get-osinfo",
  ];
  test("KubeVirt supports an agent with these ten, all enabled", () => {
    const enabled = info()
      .supported_commands.filter((command) => command.enabled)
      .map(({ name }) => name);
    expect(enabled).toEqual(expect.arrayContaining(kubeVirtCommands));
  });

  test("KubeVirt finds by the error's words that a key file is not there", () => {
    const { error } = client.ask("guest-file-open", {
      path: agent.file("missing/authorized_keys"),
      mode: "r",
    });
    expect(error?.desc).toContain("No such file or directory");
  });

  test("KubeVirt runs programs by bare names", () => {
    const run = (path: string, ...arg: string[]): ExecStatus => {
      const { pid } = client.call("guest-exec", {
        path,
        arg,
        "capture-output": true,
      }) as { pid: number };
      let status: ExecStatus = { exited: false };
      while (!status.exited) status = client.call("guest-exec-status", { pid }) as ExecStatus;
      return status;
    };
    const folder = agent.file("ssh");
    expect(run("mkdir", folder)).toEqual({ exited: true, exitcode: 0 });
    expect(run("chmod", "700", folder)).toEqual({ exited: true, exitcode: 0 });
    const { "out-data": mode, ...rest } = run("stat", "--printf=%a", folder);
    expect(rest).toEqual({ exited: true, exitcode: 0, "out-truncated": false });
    expect(atob(mode ?? "")).toBe("700");
    expect(atob(run("getent", "passwd", "root")["out-data"] ?? "")).toStartWith("root:");
  });

  test("qemu-ga-client reads the hardware address of every interface", () => {
    const interfaces = client.call("guest-network-get-interfaces") as readonly object[];
    for (const entry of interfaces) {
      expect(entry).toMatchObject({
        name: expect.any(String),
        "hardware-address": expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      });
    }
  });

  test("qemu-ga-client reads a file by the KiB, and prints the version and the commands", () => {
    expect(info().version).toMatch(/^\d+\.\d+/);
    const handle = client.call("guest-file-open", { path: "/proc/self/status" });
    const kibibyte = 1024;
    let text = "";
    for (let atEnd = false; !atEnd; ) {
      const read = client.call("guest-file-read", { handle, count: kibibyte }) as FileRead;
      text += atob(read["buf-b64"]);
      atEnd = read.eof;
    }
    client.call("guest-file-close", { handle });
    expect(text).toContain(`Pid:\t${agent.pid}\n`);
  });

  const vdsmCommands = [
    "guest-get-host-name",
    "guest-get-osinfo",
    "guest-get-timezone",
    "guest-network-get-interfaces",
    "guest-get-users",
    "guest-get-fsinfo",
    "guest-get-disks",
  ];
  test("vdsm asks for these when guest-info says that they are enabled", () => {
    for (const name of vdsmCommands) {
      expect(info().supported_commands).toContainEqual(
        expect.objectContaining({ name, enabled: true }),
      );
      expect(client.ask(name).error).toBeUndefined();
    }
    expect(client.call("guest-get-osinfo")).toMatchObject({ "kernel-release": expect.any(String) });
    for (const disk of client.call("guest-get-disks") as { address?: object }[]) {
      const serial = (disk.address as { serial?: unknown } | undefined)?.serial;
      expect(["string", "undefined"]).toContain(typeof serial);
    }
  });
});

interface Info {
  readonly version: string;
  readonly supported_commands: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly "success-response": boolean;
  }[];
}

interface FileRead {
  readonly "buf-b64": string;
  readonly eof: boolean;
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly "out-truncated"?: boolean;
  readonly "out-data"?: string;
}
