import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { writeInitramfs } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk } from "./debian-root.ts";
import type { Caller } from "./guest-exec.ts";
import { findKernel } from "./kernel.ts";
import type { Libvirt } from "./libvirt.ts";
import type { LibvirtGuide } from "./libvirt-guide.ts";
import { mustRunTool } from "./tool.ts";

export const domainName = "guest";
const consoleFile = "console.log";
export const diskFile = "disk.img";
export const networkCard = "52:54:00:67:77:01";
const memoryMiB = 512;

/** For commands that have a guest under emulation do something; seconds, as virsh takes them. */
const agentTimeoutS = 60;

/** Packet sockets are DHCP's. */
const modules = ["virtio_net", "af_packet"];

/**
 * Makes Debian's qemu-guest-agent package, with `agent` in its place, bootable as a machine of libvirt: disk, kernel, and
 * the definition, whose path it returns. Its file system is on a disk that can be trimmed, its network is QEMU's own.
 */
export async function makeDomain(
  libvirt: Libvirt,
  guide: LibvirtGuide,
  agent: string,
): Promise<string> {
  const root = libvirt.file("root");
  await copyDebianRoot(await debianRoot(["qemu-guest-agent"]), root);
  askForAddress(root);
  logInAtConsole(root);
  bringDeathIntoFreeze(root);
  await mustRunTool([agent, "install", "--root", root, "--replace-qemu-ga"]);
  await makeDebianDisk(root, libvirt.file(diskFile));
  rmSync(root, { recursive: true });

  const kernel = await findKernel("cloud-amd64");
  copyFileSync(kernel.image, libvirt.file("kernel"));
  await writeInitramfs(libvirt.file("initramfs"), kernel, modules);
  for (const name of [diskFile, "kernel", "initramfs"]) libvirt.give(name);

  const definition = libvirt.file("guest.xml");
  writeFileSync(definition, domainXml(libvirt, guide));
  return definition;
}

/** A caller of the domain's agent, through libvirt. */
export function agentOf(libvirt: Libvirt): Caller {
  return {
    async call(command, args) {
      const request = JSON.stringify({ execute: command, ...(args && { arguments: args }) });
      const timeout = ["--timeout", `${agentTimeoutS}`];
      const reply = await libvirt.mustVirsh("qemu-agent-command", domainName, ...timeout, request);
      return (JSON.parse(reply) as { readonly return: unknown }).return;
    },
  };
}

/** What the machine wrote to its serial console so far. */
export function consoleOf(libvirt: Libvirt): string {
  const path = libvirt.file(consoleFile);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function askForAddress(root: string): void {
  const network = "[Match]\nType=ether\n[Network]\nDHCP=ipv4\n";
  writeFileSync(join(root, "etc/systemd/network/guest.network"), network);
  const wanted = "etc/systemd/system/multi-user.target.wants";
  mkdirSync(join(root, wanted), { recursive: true });
  symlinkSync(
    "/lib/systemd/system/systemd-networkd.service",
    join(root, wanted, "systemd-networkd.service"),
  );
}

/** So that there is a user to tell of. */
function logInAtConsole(root: string): void {
  const folder = join(root, "etc/systemd/system/serial-getty@ttyS0.service.d");
  mkdirSync(folder, { recursive: true });
  const lines = [
    "[Service]",
    "ExecStart=",
    "ExecStart=-/sbin/agetty --autologin root %I vt220",
    "",
  ];
  writeFileSync(join(folder, "autologin.conf"), lines.join("\n"));
}

/** Where this file is, the agent is killed in the middle of a freeze, before the first file system freezes. */
export const deathFile = "/run/kill-agent";

function bringDeathIntoFreeze(root: string): void {
  writeFileSync(
    join(root, "etc/qemu/qemu-ga.conf"),
    "[general]\nfsfreeze-hook=/etc/qemu/fsfreeze-hook\n",
  );
  const script = `#!/bin/sh
    [ -e ${deathFile} ] || exit 0
    rm ${deathFile}
    systemctl kill --kill-whom=main --signal=KILL qemu-guest-agent
  `;
  const path = join(root, "etc/qemu/fsfreeze-hook.d/kill-agent");
  writeFileSync(path, script, { mode: 0o755 });
}

function domainXml(libvirt: Libvirt, guide: LibvirtGuide): string {
  const [channel = "", cpu = ""] = guide.xml;
  return `<domain type='qemu'>
  <name>${domainName}</name>
  <uuid>67756573-7477-6972-6500-000000000001</uuid>
  <memory unit='MiB'>${memoryMiB}</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${libvirt.file("kernel")}</kernel>
    <initrd>${libvirt.file("initramfs")}</initrd>
    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
  </os>
  <features><acpi/></features>
  ${cpu}
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='unsafe' discard='unmap'/>
      <source file='${libvirt.file(diskFile)}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'>
      <mac address='${networkCard}'/>
      <model type='virtio'/>
    </interface>
    <serial type='file'><source path='${libvirt.file(consoleFile)}'/></serial>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    ${channel}
    <controller type='usb' model='none'/>
    <video><model type='none'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
