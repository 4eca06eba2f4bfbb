import { author, description, license, version } from "../package.json";

/** What packages say of themselves, from package.json. */
export const product = {
  name: "guestwire",
  version,
  /** In one line, without an article in front or a full stop behind, as package lists want it. */
  summary: description.replace(/^An? /, ""),
  description: [
    "It speaks the wire protocol of qemu-ga and takes its flags and its configuration, so that libvirt, Proxmox and KubeVirt",
    "notice no difference. All of it is one executable, which brings a client for the host too.",
  ].join(" "),
  /** An SPDX expression. */
  license,
  /** With an address, as `Name <mail>`. */
  maintainer: author,
} as const;

/** How often this version was packaged. */
const packageRevision = "1";

/**
 * The version as dpkg and rpm compare it, and the package's revision behind it: a pre-release comes before the release.
 * The shape is `0.1.0-1`, or `1.0.0~rc.1-1`.
 */
export const packageVersion = {
  upstream: version.replace("-", "~"),
  revision: packageRevision,
} as const;
