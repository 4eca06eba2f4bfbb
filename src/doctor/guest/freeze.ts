import { deviceText } from "../../linux/device-text.ts";
import { freezable } from "../../linux/freeze.ts";
import { canFreeze, isServed, neverWritten } from "../../linux/mount-kinds.ts";
import { mountOptions, readOnlyDevices } from "../../linux/mount-options.ts";
import { fileSystemsOf, type Mount, mountOf } from "../../linux/mounts.ts";
import { type Check, counted, failure, info, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";
import { isSame, named, onFiles, servedAbove, unanswering } from "./mounts.ts";

const topic = "Freeze";

/** Where firmware wants it: the EFI partition, which is hardly ever written to. */
const usualWithoutFreeze: ReadonlySet<string> = new Set(["vfat", "msdos"]);

export const list: Check<System> = {
  id: "freeze",
  topic,
  expected: "file systems on disks are frozen, those in files of others before these",
  look({ tree }) {
    const systems = freezable(tree.root).filter(({ type }) => canFreeze.has(type));
    if (systems.length === 0)
      return info("no file system on a disk is mounted: a freeze holds up nothing");
    const readOnly = readOnlyDevices(tree);
    const names = systems.map((each) =>
      readOnly.has(deviceText(each)) ? `${each.mountPoint} (read-only)` : each.mountPoint,
    );
    return ok(`in this order: ${listed(names)}`);
  },
};

export const unsupported: Check<System> = {
  id: "freeze-unsupported",
  topic,
  expected: "every file system that is written to can be frozen",
  look({ tree, mounts }) {
    const readOnly = readOnlyDevices(tree);
    // ZFS has its disks to itself, and none of its own number.
    const candidates = [...fileSystemsOf(mounts), ...mounts.filter(({ type }) => type === "zfs")];
    const passedOver = candidates.filter(
      (each) =>
        !canFreeze.has(each.type) &&
        !neverWritten.has(each.type) &&
        !readOnly.has(deviceText(each)),
    );
    if (passedOver.length === 0) return ok("every one");
    const seen = `not known to be: ${listed(passedOver.map(named))}`;
    if (passedOver.every(({ type }) => usualWithoutFreeze.has(type))) {
      return info(seen, "no matter for the EFI partition; keep nothing else on it that changes");
    }
    return warning(
      seen,
      "what the kernel cannot freeze is passed over: a snapshot has it as after a power cut. Move what changes to ext4, xfs or btrfs, " +
        "or have the fsfreeze hook stop what writes there",
    );
  },
};

export const network: Check<System> = {
  id: "freeze-network",
  topic,
  expected: "no freeze waits for a share or for FUSE, and all of them answer",
  async look(system) {
    const { mounts, asksFileSystems } = system;
    const shares = mounts.filter(isServed);
    if (shares.length === 0) return ok("there are none");
    const dead = asksFileSystems ? await unanswering(shares) : [];
    const isDead = (mount: Mount) => dead.some((each) => isSame(each, mount));
    const dependent = [
      ...fileSystemsOf(mounts).flatMap((each) => {
        const above = servedAbove(each, mounts);
        return above === null
          ? []
          : [{ on: above, text: `${each.mountPoint} is mounted below ${named(above)}` }];
      }),
      ...onFiles(system).flatMap(({ system: { mountPoint }, file, holder }) =>
        holder === null || !isServed(holder)
          ? []
          : [{ on: holder, text: `${mountPoint} lies in ${file} on ${named(holder)}` }],
      ),
    ];
    const stuck = dependent.filter(({ on }) => isDead(on));
    if (stuck.length > 0) {
      const seen = `${listed(stuck.map(({ text }) => text))}, which does not answer`;
      return failure(
        seen,
        "a freeze would wait for it for ever: bring its server back, or umount -l both",
      );
    }
    if (dead.length > 0) {
      const advice =
        "a freeze does not touch them, but whatever else looks there waits: bring the server back, or umount -f -l";
      return warning(`no answer from ${listed(dead.map(named))}`, advice);
    }
    if (dependent.length > 0) {
      const advice =
        "a freeze waits for the server when it is away: mount it elsewhere, or from a disk";
      return warning(listed(dependent.map(({ text }) => text)), advice);
    }
    const are = asksFileSystems ? "all of which answer" : "none of which a freeze needs";
    return ok(`${listed(shares.map(named))}, ${are}`);
  },
};

export const loops: Check<System> = {
  id: "freeze-loop",
  topic,
  expected: "file systems in files of others are frozen before these",
  look(system) {
    const found = onFiles(system).filter(({ holder }) => holder !== null && holder.major !== 0);
    if (found.length === 0) return ok("there are none");
    const names = found.map(({ system: { mountPoint }, file }) => `${mountPoint} in ${file}`);
    return info(
      `${listed(names)}: frozen first`,
      "nothing for guestwire; qemu-ga goes by the order of mounting, and can wait for itself here",
    );
  },
};

export const overlays: Check<System> = {
  id: "freeze-overlay",
  topic,
  expected: "what overlays write is on a file system that is frozen",
  look({ tree, mounts }) {
    const uppers = mountOptions(tree)
      .filter(({ type }) => type === "overlay")
      .flatMap(({ options }) => {
        const upper = options
          .find((each) => each.startsWith("upperdir="))
          ?.slice("upperdir=".length);
        return upper === undefined ? [] : [upper];
      });
    if (uppers.length === 0) return ok("there are none that are written to");
    const loose = uppers.filter((upper) => (mountOf(upper, mounts)?.major ?? 0) === 0);
    if (loose.length === 0)
      return ok(`${counted(uppers.length, "overlay")}, held up by what they write to`);
    return info(
      `what overlays write to ${listed(loose)} is on no disk that is known here`,
      "expect none of it in a snapshot",
    );
  },
};

export const hook: Check<System> = {
  id: "freeze-hook",
  topic,
  expected: "the fsfreeze hook is root's alone to change, and executable",
  look({ tree, settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const path = settings.config.fsfreezeHook;
    if (path === null) return ok("none is configured");
    const status = tree.status(path);
    if (status === null) {
      const advice =
        "install it, or take fsfreeze-hook out of the configuration: every freeze fails without it";
      return failure(`${path} is not there`, advice);
    }
    if (status.type !== "file" || (status.mode & 0o111) === 0) {
      return failure(
        `${path} cannot be executed`,
        `chmod 755 ${path}: every freeze fails until then`,
      );
    }
    // fsfreeze-hook of QEMU runs what is in a folder beside it.
    const parts = `${path}.d`;
    const files = [path, ...tree.names(parts).map((name) => `${parts}/${name}`)];
    const open = files.filter((each) => {
      const found = tree.status(each);
      return found !== null && (found.uid !== 0 || (found.mode & 0o022) !== 0);
    });
    if (open.length === 0) return ok(listed(files));
    return failure(
      `others than root can change ${listed(open)}`,
      "chown root and chmod go-w: it runs as root at every freeze",
    );
  },
};

export const lease: Check<System> = {
  id: "freeze-lease",
  topic,
  expected: "it is known how long a freeze lasts that the host does not end",
  look({ settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const { freezeTimeoutSeconds: seconds } = settings.config;
    if (seconds !== null)
      return ok(`it ends by itself after ${seconds} s, unless the host says otherwise`);
    return ok("for ever, unless freeze-timeout is set, or the host asks for a lease");
  },
};

export const state: Check<System> = {
  id: "freeze-state",
  topic,
  expected: "the agent's state is gone after a reset, and its log does not hold up a freeze",
  look({ mounts, settings, tree }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const { stateDir, logFile } = settings.config;
    const onDisk = (path: string) => {
      const mount = mountOf(tree.trueName(path), mounts);
      return mount !== null && mount.major !== 0;
    };
    if (onDisk(stateDir)) {
      return info(
        `the state folder ${stateDir} is on a disk`,
        "a reset while frozen leaves the mark of it there, and the agent refuses all but a thaw: /run is a better place",
      );
    }
    if (logFile !== null && onDisk(logFile)) {
      return ok(`the log ${logFile} is on a disk; while frozen its lines wait in memory`);
    }
    return ok(`${stateDir} is on no disk`);
  },
};

export const frozen: Check<System> = {
  id: "frozen",
  topic,
  expected: "nothing is frozen now",
  look({ tree, settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const path = `${settings.config.stateDir}/qga.state.isfrozen`;
    if (!tree.exists(path)) return ok("nothing is");
    return failure(
      `${path} is there: the host has frozen file systems and not thawed them`,
      "have the host thaw (guest-fsfreeze-thaw: virsh domfsthaw, qm guest cmd ID fsfreeze-thaw); if nothing is frozen any " +
        "more, remove the file and restart the agent",
    );
  },
};
