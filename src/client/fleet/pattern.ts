import { machineSocket, readTargetText, TargetError } from "../targets/target.ts";

/** A target that stands for many. */
export type Pattern =
  /** Sockets of this machine. */
  | { readonly kind: "paths"; readonly glob: string }
  /** Numbers of machines of Proxmox VE. */
  | { readonly kind: "machines"; readonly glob: string }
  | { readonly kind: "domains"; readonly uri: string | null; readonly glob: string }
  /** Sockets in the current folder, else domains. */
  | { readonly kind: "names"; readonly glob: string };

const globCharacters = /[*?[]/;
const machineScheme = "proxmox:";

/**
 * Reads a target with `*`, `?` or `[...]` in it. Null for one that stands for itself: without any of them, or `unix:PATH`,
 * or a path that is there just so.
 *
 * @throws TargetError where there is nothing to look among
 */
export function readPattern(text: string): Pattern | null {
  if (!globCharacters.test(text) || text.startsWith("unix:")) return null;
  if (text.startsWith(machineScheme)) return machines(text.slice(machineScheme.length));
  if (text.startsWith("vsock:")) {
    throw new TargetError(`Agents on vsock cannot be listed: current value is "${text}"`);
  }
  const target = readTargetText(text);
  switch (target.kind) {
    case "unix":
      return isThere(target.path) ? null : { kind: "paths", glob: target.path };
    case "name":
      return isThere(target.name) ? null : { kind: "names", glob: target.name };
    case "libvirt":
      // A question mark may also be in a URI.
      if (!globCharacters.test(target.domain)) return null;
      return { kind: "domains", uri: target.uri, glob: target.domain };
    default:
      return null;
  }
}

function machines(glob: string): Pattern {
  if (/^[\d*?[\]!^-]+$/.test(glob)) return { kind: "machines", glob: machineSocket(glob) };
  throw new TargetError(
    `A glob of Proxmox machines has digits, *, ? and [...]: current value is "${glob}"`,
  );
}

function isThere(path: string): boolean {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  return process.getBuiltinModule("node:fs").existsSync(path);
}
