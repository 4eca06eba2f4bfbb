/** What systemd takes from the agent that a profile has no need of (systemd.exec(5), systemd.resource-control(5)). */
import type { ProfileName } from "../policy/profiles.ts";

type Settings = Readonly<Record<string, string>>;

/** Nothing of it is noticed by what any profile but `unrestricted` does. */
const always: Settings = {
  NoNewPrivileges: "yes",
  LockPersonality: "yes",
  ProtectKernelModules: "yes",
  ProtectKernelLogs: "yes",
  RestrictRealtime: "yes",
  RestrictSUIDSGID: "yes",
  RestrictNamespaces: "yes",
  KeyringMode: "private",
  UMask: "0077",
};

/** For an agent that starts no programs of the host's choice: what it asks of the kernel itself is known. */
const closed: Settings = {
  ...always,
  ProtectKernelTunables: "yes",
  ProtectControlGroups: "yes",
  ProtectHostname: "yes",
  ProtectClock: "yes",
  // D-Bus and logs; interfaces and routes; what asks an interface about itself.
  RestrictAddressFamilies: "AF_UNIX AF_NETLINK AF_INET AF_INET6",
  SystemCallArchitectures: "native",
  SystemCallFilter: "@system-service",
  SystemCallErrorNumber: "EPERM",
  // The port, and what every program has (/dev/null and the like).
  DevicePolicy: "closed",
  DeviceAllow: "char-virtio-portsdev rw",
};

/** The state file and what logs and services are asked by are in /run. */
const readOnly: Settings = { ProtectSystem: "strict", ReadWritePaths: "/run" };

/** Neither home folders nor anybody on a network is any business of it. */
const alone: Settings = { ProtectHome: "yes", IPAddressDeny: "any" };

/** Others' files; the fsuid of the user whose keys are read (setfsuid(2)). */
const readingCapabilities = "CAP_DAC_READ_SEARCH CAP_SETUID CAP_SETGID";

const sandboxes: Readonly<Record<ProfileName, Settings | null>> = {
  audit: { ...closed, ...readOnly, ...alone, CapabilityBoundingSet: "" },
  // Whoever asks systemd-logind has to have it.
  power: { ...closed, ...readOnly, ...alone, CapabilityBoundingSet: "CAP_SYS_BOOT" },
  "file-read": {
    ...closed,
    ...readOnly,
    ProtectHome: "read-only",
    CapabilityBoundingSet: `CAP_SYS_BOOT ${readingCapabilities}`,
  },
  "file-write": {
    ...closed,
    // /usr and /boot; the rest is for the rules of the policy to say.
    ProtectSystem: "yes",
    // Owners, modes and times are changed as well, also those of others' files.
    CapabilityBoundingSet: `CAP_SYS_BOOT ${readingCapabilities} CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER`,
  },
  fs: {
    ...closed,
    // A freeze hook writes below /var and asks databases, which may be anywhere.
    ProtectSystem: "full",
    // Of freezing and trimming; the second one opens mount points of others.
    CapabilityBoundingSet:
      "CAP_SYS_BOOT CAP_SYS_ADMIN CAP_DAC_READ_SEARCH CAP_SETUID CAP_SETGID CAP_KILL",
  },
  exec: {
    ...always,
    // What programs need nobody knows but who named them.
    SystemCallArchitectures: "native",
    SystemCallFilter: "~@module @raw-io @swap @debug @cpu-emulation @obsolete",
    SystemCallErrorNumber: "EPERM",
    CapabilityBoundingSet: "~CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_PTRACE CAP_BPF CAP_PERFMON",
  },
  unrestricted: null,
};

/**
 * The lines of a unit's [Service] section for a profile; none for one that may do everything. W^X
 * (MemoryDenyWriteExecute=) is in none of them: the runtime compiles code while it runs.
 */
export function sandboxLines(profile: ProfileName | null): string {
  const settings = profile === null ? null : sandboxes[profile];
  if (settings === null) return "";
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  return `# What profile ${profile} of guestwire install has no need of.\n${lines.join("")}`;
}
