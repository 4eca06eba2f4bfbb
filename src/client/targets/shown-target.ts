import type { Target } from "./target.ts";

/** A target as one would type it. */
export function shownTarget(target: Target): string {
  switch (target.kind) {
    case "unix":
      return target.path;
    case "vsock":
      return `vsock:${target.cid}:${target.port}`;
    case "libvirt":
      return target.uri === null ? target.domain : `${target.uri}/${target.domain}`;
    case "ssh": {
      const user = target.user === null ? "" : `${target.user}@`;
      const port = target.port === null ? "" : `:${target.port}`;
      return `ssh:${user}${target.host}${port}:${target.path}`;
    }
    case "name":
      return target.name;
  }
}
