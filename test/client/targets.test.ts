/** What a TARGET means. */
import { describe, expect, test } from "bun:test";
import type { SshTarget } from "../../src/client/targets/ssh-tunnel.ts";
import { readTarget, type Target, TargetError } from "../../src/client/targets/target.ts";

const unix = (path: string): Target => ({ kind: "unix", path });
const libvirt = (uri: string | null, domain: string): Target => ({ kind: "libvirt", uri, domain });

const ssh = (parts: Partial<SshTarget>): Target => ({
  ...{ kind: "ssh", user: null, host: "", port: null, path: "/run/a.sock" },
  ...parts,
});

test.each<[string, Target]>([
  ["/run/a.sock", unix("/run/a.sock")],
  ["./a.sock", unix("./a.sock")],
  ["../vsock:3:4", unix("../vsock:3:4")],
  ["run/a.sock", unix("run/a.sock")],
  ["unix:a.sock", unix("a.sock")],
  ["unix:vsock:3:4", unix("vsock:3:4")],
  ["100", unix("/var/run/qemu-server/100.qga")],
  ["proxmox:999999999", unix("/var/run/qemu-server/999999999.qga")],
  ["vsock:3:1024", { kind: "vsock", cid: 3, port: 1024 }],
  ["vsock:0:0", { kind: "vsock", cid: 0, port: 0 }],
  ["libvirt:web", libvirt(null, "web")],
  ["libvirt:100", libvirt(null, "100")],
  ["libvirt:-c", libvirt(null, "-c")],
  ["libvirt:a:b", libvirt(null, "a:b")],
  ["libvirt:qemu:///system/web", libvirt("qemu:///system", "web")],
  [
    "libvirt:qemu+ssh://root@[::1]:22/system?no_verify=1/web",
    libvirt("qemu+ssh://root@[::1]:22/system?no_verify=1", "web"),
  ],
  ["ssh:kvm:/run/a.sock", ssh({ host: "kvm" })],
  ["ssh:root@kvm.example:2222:/run/a.sock", ssh({ user: "root", host: "kvm.example", port: 2222 })],
  ["ssh:a@b@kvm:/run/a.sock", ssh({ user: "a@b", host: "kvm" })],
  ["ssh:[fe80::1%eth0]:22:/run/a.sock", ssh({ host: "fe80::1%eth0", port: 22 })],
  ["web", { kind: "name", name: "web" }],
  ["web:1", { kind: "name", name: "web:1" }],
  ["toString:1", { kind: "name", name: "toString:1" }],
])("%s", (text, target) => {
  expect(readTarget(text, {})).toEqual(target);
});

test.each([
  "",
  "unix:",
  "libvirt:",
  "libvirt:qemu:///system/",
  "libvirt:qemu:///web",
  "libvirt:system/web",
  "libvirt:--connect=x/y",
  "vsock:3",
  "vsock:3:",
  "vsock:3:4:5",
  "vsock:-1:4",
  "vsock:4294967295:1",
  "vsock:3:99999999999",
  "99",
  "0100",
  "1000000000",
  "proxmox:web",
  "proxmox:../../../tmp/x",
  "a\0b",
  "ssh:",
  "ssh:kvm",
  "ssh:kvm:",
  "ssh:kvm:run/a.sock",
  "ssh:kvm:0:/run/a.sock",
  "ssh:kvm:65536:/run/a.sock",
  "ssh:-oProxyCommand=x:/run/a.sock",
  "ssh:-l@kvm:/run/a.sock",
  "ssh:@kvm:/run/a.sock",
  "ssh:a b@kvm:/run/a.sock",
  "ssh:$(x)@kvm:/run/a.sock",
  "ssh:kvm;x:/run/a.sock",
  "ssh:[-x]:/run/a.sock",
  "ssh:kvm:/run/a:b",
  "ssh:kvm:/run/%h",
  "ssh:kvm:/run/$HOME",
  "ssh:kvm:/run/a b",
  "ssh:kvm:/run/*.sock",
])("%j is no target", (text) => {
  expect(() => readTarget(text, {})).toThrow(TargetError);
});

describe("the environment", () => {
  const both = { GUESTWIRE_TARGET: "vsock:3:4", QGA_CLIENT_ADDRESS: "/run/b" };

  test("is asked where there is no target or a dash, ours first", () => {
    for (const text of [undefined, "-"]) {
      expect(readTarget(text, both)).toEqual({ kind: "vsock", cid: 3, port: 4 });
      expect(readTarget(text, { ...both, GUESTWIRE_TARGET: "" })).toEqual(unix("/run/b"));
      expect(() => readTarget(text, {})).toThrow("TARGET is needed");
    }
  });

  test("is not asked where there is one", () => {
    expect(readTarget("/run/c", both)).toEqual(unix("/run/c"));
  });

  test("does not lead in circles", () => {
    expect(readTarget("-", { GUESTWIRE_TARGET: "-" })).toEqual({ kind: "name", name: "-" });
  });
});
