import { extendedAttribute } from "../../../native/file-access.ts";
import { type Check, failure, info, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";

const executableByOwner = 0o100;
const writableByOthers = 0o022;

export const installed: Check<System> = {
  id: "executable",
  topic: "Executable",
  expected: "guestwire is installed, executable, and root's alone to change",
  look(system) {
    const { binary } = system;
    if (binary === null) {
      return failure(
        "there is none",
        "copy guestwire to usr/bin/guestwire of the image, with mode 0755",
      );
    }
    const status = system.statusOf(binary);
    const mode = status.mode.toString(8).padStart(4, "0");
    if (status.type !== "file" || (status.mode & executableByOwner) === 0) {
      return failure(`${binary.name} has mode ${mode}`, "chmod 0755");
    }
    if ((status.mode & writableByOthers) !== 0) {
      return failure(
        `others can write to ${binary.name} (mode ${mode})`,
        "chmod 0755: it runs as root",
      );
    }
    if (status.uid !== 0) {
      return warning(
        `${binary.name} belongs to user ${status.uid}`,
        "chown root:root, unless the image's builder does",
      );
    }
    return ok(binary.name);
  },
};

const ruleFolders = ["/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"];

export const portRule: Check<System> = {
  id: "udev",
  topic: "Agent",
  expected: "udev is there, which links the port by its name",
  look({ tree }) {
    for (const folder of ruleFolders) {
      for (const name of tree.names(folder)) {
        if (
          name.endsWith(".rules") &&
          tree.text(`${folder}/${name}`)?.includes("virtio-ports") === true
        ) {
          return ok(`${folder}/${name}`);
        }
      }
    }
    return info(
      "no rule speaks of virtio-ports",
      "nothing: guestwire finds its port by the name in sysfs",
    );
  },
};

export const label: Check<System> = {
  id: "selinux-label",
  topic: "Confinement",
  expected: "an image that boots with SELinux enforcing has its files labelled",
  look(system) {
    const { tree, binary } = system;
    const mode = /^SELINUX=(\w+)/m.exec(tree.text("/etc/selinux/config") ?? "")?.[1];
    if (mode !== "enforcing")
      return ok(mode === undefined ? "the image has no SELinux" : `SELinux is ${mode}`);
    if (binary === null) return skipped("no guestwire was found");
    const context = extendedAttribute(binary.path, "security.selinux");
    if (context !== null && !context.includes(":unlabeled_t:"))
      return ok(`${binary.name} is labelled ${context}`);
    if (tree.exists("/.autorelabel"))
      return ok("everything is labelled at the next boot (/.autorelabel)");
    return warning(
      `SELinux is enforcing, and ${binary.name} has no label`,
      "touch .autorelabel in the image, or let the builder do it (virt-customize --selinux-relabel, setfiles -r)",
    );
  },
};
