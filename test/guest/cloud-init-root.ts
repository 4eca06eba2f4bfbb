import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyDebianRoot, debianRoot } from "./debian-root.ts";
import { mustRunTool } from "./tool.ts";

/** The network that `-netdev user` gives. */
export const hostOfGuests = "10.0.2.2";

const networkFile = `[Match]
Type=ether
[Network]
Address=10.0.2.15/24
Gateway=${hostOfGuests}
`;

/** Kernel modules that a guest has to be so that it reads the seed disk and has the network. */
export const cloudModules = ["isofs", "virtio_net"];

export const networkDevices = ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"];

/** The last one is what debootstrap does not find out: python3-cryptography depends on it by a virtual name. */
const packages = ["cloud-init", "qemu-guest-agent", "curl", "python3-cffi-backend"];

/** A Debian as cloud images are: with cloud-init, and qemu-guest-agent among its packages. */
export async function cloudRoot(to: string): Promise<string> {
  const root = await debianRoot(packages);
  await copyDebianRoot(root, to);
  const lay = (path: string, text: string) => writeFile(join(to, path), text);
  // The network is what the test says: cloud-init would ask for DHCP.
  await lay("etc/cloud/cloud.cfg.d/99-network.cfg", "network: {config: disabled}\n");
  await lay("etc/cloud/cloud.cfg.d/99-source.cfg", "datasource_list: [NoCloud]\n");
  // There are no locales to choose from.
  await lay("etc/cloud/cloud.cfg.d/99-locale.cfg", "locale: false\n");
  await lay("etc/systemd/network/80-user.network", networkFile);
  const wants = join(to, "etc/systemd/system/multi-user.target.wants/systemd-networkd.service");
  await symlink("/lib/systemd/system/systemd-networkd.service", wants);
  return to;
}

/** Takes a package from a root that is not running. */
export async function purge(root: string, name: string): Promise<void> {
  await mustRunTool(["chroot", root, "/usr/bin/dpkg", "--purge", name]);
}
