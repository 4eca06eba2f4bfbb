/** Where an agent is reached. */
export type Target =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "vsock"; readonly cid: number; readonly port: number }
  /** Through virsh, since libvirt holds the agent's socket. Without a URI virsh has its own default. */
  | { readonly kind: "libvirt"; readonly uri: string | null; readonly domain: string }
  /** A socket on another host, through OpenSSH. A user or port that is null is ssh's own default. */
  | {
      readonly kind: "ssh";
      readonly user: string | null;
      readonly host: string;
      readonly port: number | null;
      readonly path: string;
    }
  /** A word that may be a socket in the current folder or a domain of libvirt's: the system has to be asked. */
  | { readonly kind: "name"; readonly name: string };

/** A target that cannot be what it says. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

/** Where TARGET comes from when it is not given. */
export type TargetEnvironment = Readonly<Record<string, string | undefined>>;

/** In the order they are asked; the second is qemu-ga-client's, and holds a path. */
const variables = ["GUESTWIRE_TARGET", "QGA_CLIENT_ADDRESS"] as const;

/** Stands for what the environment says. */
export const environmentTarget = "-";

/** Whether the environment names a target, so that none has to be given. */
export function hasEnvironmentTarget(environment: TargetEnvironment): boolean {
  return variables.some((name) => isFilled(environment[name]));
}

/**
 * Reads a target: a path, `unix:PATH`, `vsock:CID:PORT`, `libvirt:[URI/]NAME`, `proxmox:ID`, the number of a machine of
 * Proxmox VE, `ssh:[USER@]HOST[:PORT]:PATH`, or a name. Without one, or for "-", the environment is asked.
 * @throws TargetError
 */
export function readTarget(text: string | undefined, environment: TargetEnvironment): Target {
  return readTargetText(targetText(text, environment));
}

/** What is given, or else what the environment says. @throws TargetError */
export function targetText(text: string | undefined, environment: TargetEnvironment): string {
  if (text !== undefined && text !== environmentTarget) return text;
  const name = variables.find((each) => isFilled(environment[each]));
  if (name === undefined) {
    throw new TargetError(`TARGET is needed, or one of ${variables.join(", ")} has to be set`);
  }
  return environment[name] as string;
}

function isFilled(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

const schemes: Readonly<Record<string, (rest: string) => Target>> = {
  unix: unixTarget,
  vsock: vsockTarget,
  libvirt: libvirtTarget,
  proxmox: proxmoxTarget,
  ssh: sshTarget,
};

/** Reads a target that stands for itself. @throws TargetError */
export function readTargetText(text: string): Target {
  if (text === "") throw new TargetError("TARGET is empty");
  if (text.includes("\0")) throw new TargetError("TARGET has a NUL in it");
  if (text.startsWith("/") || text.startsWith(".")) return unixTarget(text);
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (Object.hasOwn(schemes, scheme)) return (schemes[scheme] as (rest: string) => Target)(rest);
  if (/^\d+$/.test(text)) return proxmoxTarget(text);
  return text.includes("/") ? unixTarget(text) : { kind: "name", name: text };
}

function unixTarget(path: string): Target {
  if (path === "") throw new TargetError("unix: needs a path behind it");
  return { kind: "unix", path };
}

/** VMADDR_CID_HYPERVISOR and VMADDR_CID_LOCAL are below the first guest's, but reachable; vsock(7). */
const uint32Max = 2 ** 32 - 1;

function vsockTarget(rest: string): Target {
  const numbers = /^(\d{1,10}):(\d{1,10})$/.exec(rest)?.slice(1).map(Number);
  const [cid = Number.NaN, port = Number.NaN] = numbers ?? [];
  if (!(cid < uint32Max && port < uint32Max)) {
    throw new TargetError(`A vsock target is vsock:CID:PORT: current value is "vsock:${rest}"`);
  }
  return { kind: "vsock", cid, port };
}

/** A URI of libvirt has a path of one name ("system", "session", "embed"), which the domain's follows. */
function libvirtTarget(rest: string): Target {
  const slash = rest.lastIndexOf("/");
  const uri = slash === -1 ? null : rest.slice(0, slash);
  const domain = rest.slice(slash + 1);
  const isUri = uri === null || /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/./.test(uri);
  if (domain === "" || !isUri) {
    throw new TargetError(
      `A libvirt target is libvirt:NAME or libvirt:URI/NAME, such as libvirt:qemu:///system/web: current value is "libvirt:${rest}"`,
    );
  }
  return { kind: "libvirt", uri, domain };
}

const tcpPortMax = 65_535;

/**
 * What ssh(1) would take for an option or, in a path, for something to be replaced is refused, and so is what no user or
 * host is called: ssh may put both into commands of its configuration.
 */
const sshParts =
  /^(?:([\w.][\w.+@-]*)@)?([\w.][\w.-]*|\[[\da-fA-F:.]+(?:%[\w.-]+)?\])(?::(\d{1,5}))?:(\/[^\s\p{Cc}%$\\:*?[]+)$/u;

function sshTarget(rest: string): Target {
  const [, user = null, host, port, path] = sshParts.exec(rest) ?? [];
  if (host === undefined || path === undefined || Number(port ?? 1) > tcpPortMax || port === "0") {
    throw new TargetError(
      `A target through ssh is ssh:[USER@]HOST[:PORT]:/SOCKET, with none of the characters % $ \\ : * ? [ and no blank in the path: current value is "ssh:${rest}"`,
    );
  }
  return {
    kind: "ssh",
    user,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === undefined ? null : Number(port),
    path,
  };
}

/** Where Proxmox VE has the socket of a machine; also for a glob of numbers. */
export function machineSocket(id: string): string {
  return `/var/run/qemu-server/${id}.qga`;
}

/** Numbers of machines of Proxmox VE are from 100 to 999999999. */
function proxmoxTarget(id: string): Target {
  if (!/^[1-9]\d{2,8}$/.test(id)) {
    throw new TargetError(
      `Numbers of Proxmox machines are from 100 to 999999999: current value is "${id}"`,
    );
  }
  return { kind: "unix", path: machineSocket(id) };
}
