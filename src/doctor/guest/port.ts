import { virtioDefaultPath } from "../../channels/virtio-serial.ts";
import { lastName } from "../../linux/paths.ts";
import { holdersOf } from "../../linux/processes.ts";
import { virtioPorts, virtioSerialDevices } from "../../linux/virtio-ports.ts";
import { type Check, failure, info, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";

const topic = "Port";
const portName = lastName(virtioDefaultPath);

/** How hosts give a guest the port. */
const givePort =
  `give the guest a virtio-serial port named ${portName}: "agent: 1" in Proxmox VE (then stop and start it), ` +
  `<channel type='unix'><target type='virtio' name='${portName}'/></channel> in libvirt, ` +
  `"-device virtio-serial -device virtserialport,name=${portName},chardev=..." in QEMU; KubeVirt does it by itself`;

export const passedOn = "a socket that the service manager has passed on";

interface Channel {
  readonly method: string;
  /** Empty for a socket that was passed on. */
  readonly path: string;
}

function channelOf(system: System): Channel | null {
  const { settings } = system;
  if ("error" in settings) return null;
  return { method: settings.config.method, path: settings.config.path ?? "" };
}

/** The node in /dev that the channel comes to; for a port without a link of udev's, by its name in sysfs. */
function nodeOf(system: System, { method, path }: Channel): string | null {
  if (path === "") return null;
  if (system.tree.exists(path)) return path;
  if (method !== "virtio-serial" || path !== virtioDefaultPath) return null;
  const port = virtioPorts(system.tree).find(({ name }) => name === portName);
  return port === undefined ? null : `/dev/${port.node}`;
}

/** Whether there is something for an agent to serve. @throws SysError */
export function hasChannel(system: System): boolean {
  const channel = channelOf(system);
  if (channel === null) return false;
  return channel.method.endsWith("-listen") || nodeOf(system, channel) !== null;
}

export const device: Check<System> = {
  id: "port-device",
  topic,
  expected: "there is a virtio-serial device, and the kernel's driver virtio_console has it",
  look(system) {
    const channel = channelOf(system);
    if (channel === null) return skipped("the configuration is not valid");
    if (channel.method !== "virtio-serial") return ok(`${channel.method} needs none`);
    const devices = virtioSerialDevices(system.tree);
    if (devices.length === 0) return failure("there is no virtio-serial device", givePort);
    const idle = devices.filter((each) => each.driver === null).map(({ name }) => name);
    if (idle.length > 0) {
      return failure(
        `no driver has ${listed(idle)}`,
        "load the module (modprobe virtio_console) and have it loaded at boot, or take a kernel that has it",
      );
    }
    const drivers = devices.map(({ name, driver: by }) => `${name} (${by})`);
    return ok(`a driver has ${listed(drivers)}`);
  },
};

export const presence: Check<System> = {
  id: "port",
  topic,
  expected: "the port that the agent is configured for is there",
  needs: ["port-device"],
  look(system) {
    const channel = channelOf(system);
    if (channel === null) return skipped("the configuration is not valid");
    const { method, path } = channel;
    if (method === "vsock-listen") {
      if (system.tree.exists("/dev/vsock")) return ok("vsock is there (/dev/vsock)");
      const advice =
        "load the module vmw_vsock_virtio_transport, and give the guest a vsock device";
      return failure("there is no /dev/vsock", advice);
    }
    if (path === "") return ok(passedOn);
    if (method === "unix-listen") {
      const isThere = system.tree.status(path)?.type === "socket";
      if (isThere) return ok(`the socket ${path}`);
      return warning(`there is no socket ${path}`, "start the agent, which makes it");
    }
    const node = nodeOf(system, channel);
    if (node === null) return absent(system, channel);
    if (system.tree.status(node)?.type !== "char") {
      return failure(
        `${node} is no device`,
        "remove the file, and have udev or the kernel make the device",
      );
    }
    if (node === path) return ok(nameWithTarget(system, path));
    return info(
      `${node}, without udev's link ${path}`,
      "nothing for guestwire, which finds it; qemu-ga needs the link",
    );
  },
};

function nameWithTarget(system: System, path: string): string {
  const node = system.tree.trueName(path);
  return node === path ? path : `${path}, which is ${node}`;
}

function absent(system: System, { method, path }: Channel) {
  if (method !== "virtio-serial") {
    const advice = `give the guest the device, or change method and path in the configuration`;
    return failure(`there is no ${path} (${method})`, advice);
  }
  const others = virtioPorts(system.tree)
    .map(({ name, node }) => (name === "" ? node : name))
    .sort();
  const has = others.length === 0 ? "no port at all" : `only ${listed(others)}`;
  const advice =
    path === virtioDefaultPath
      ? givePort
      : `have the host name a port ${lastName(path)}, or change the path`;
  return failure(`there is no ${path}: the host gave ${has}`, advice);
}

const groupAndOthers = 0o077;

export const access: Check<System> = {
  id: "port-access",
  topic,
  expected: "nobody but root can open the port",
  needs: ["port"],
  look(system) {
    const channel = channelOf(system);
    const node = channel === null ? null : nodeOf(system, channel);
    const status = node === null ? null : system.tree.status(node);
    if (status === null) return skipped("this channel has no file");
    const { mode, uid, gid } = status;
    const seen = `${node} has mode ${mode.toString(8).padStart(4, "0")}, owner ${uid}, group ${gid}`;
    // What a group may that is root's is no more than root may.
    const open = gid === 0 ? mode & 0o007 : mode & groupAndOthers;
    if (uid === 0 && open === 0) return ok(seen);
    return warning(
      seen,
      "whoever can open it can keep the agent from its host: find the udev rule that opens it up, or chmod 600 and chown root",
    );
  },
};

export const holder: Check<System> = {
  id: "port-holder",
  topic,
  expected: "the agent has the port open, and nothing else",
  needs: ["port"],
  look(system) {
    const channel = channelOf(system);
    const node = channel === null ? null : nodeOf(system, channel);
    if (node === null || channel?.method === "unix-listen")
      return skipped("this channel has no device");
    const trueNode = system.tree.trueName(node);
    const { holders, hiddenCount } = holdersOf(
      system.tree,
      system.processes,
      (path) => path === trueNode,
    );
    const [first] = holders;
    if (first === undefined && hiddenCount > 0) {
      return skipped(`${hiddenCount} of the processes cannot be looked into; run it as root`);
    }
    if (first === undefined) {
      return system.agent === null
        ? info("nothing has it open")
        : failure(
            `nothing has ${trueNode} open, though the agent runs (${system.agent.pid})`,
            "see the agent's log; start it with --retry-path where ports come late",
          );
    }
    const named = `${trueNode} is open in ${first.argv[0] ?? "a process"} (${first.pid})`;
    const kind = system.agents.find(({ pid }) => pid === first.pid)?.kind;
    if (kind === "guestwire") return ok(named);
    const what = kind === undefined ? "stop it: it is no guest agent" : "see other-agent";
    return failure(named, `${what}; one process has the port at a time`);
  },
};

export const hostSide: Check<System> = {
  id: "port-host",
  topic,
  expected: "the kernel tells whether a host is connected",
  needs: ["port"],
  look(system) {
    const channel = channelOf(system);
    const node = channel === null ? null : nodeOf(system, channel);
    if (node === null || channel?.method !== "virtio-serial") {
      return skipped("only a virtio-serial port tells");
    }
    const path = `/sys/kernel/debug/virtio-ports/${lastName(system.tree.trueName(node))}`;
    const state = system.tree.text(path);
    if (state === null) return skipped("debugfs, which would tell, is not mounted");
    return info(
      /^host_connected: 1$/m.test(state)
        ? "a host is connected"
        : "no host is connected at the moment",
    );
  },
};
