import type { Target } from "./target.ts";

/** A target as one would type it. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case "unix":
      return target.path;
    case "vsock":
      return `vsock:${target.cid}:${target.port}`;
    case "libvirt":
      return target.uri === null ? target.domain : `${target.uri}/${target.domain}`;
    case "name":
      return target.name;
  }
}
