import type { Difference, DifferenceId } from "../differential/differences.ts";
import type { Json } from "./compare-replies.ts";

/** Every deliberate difference that is seen where both agents look at one guest, by id. */
export const guestDifferences = {
  "agent-version": {
    what: "`version` of guest-info",
    qemuGa: "its own, `7.2.22`",
    guestwire: "the release of qemu-ga whose behaviour it has",
    why: "Clients tell by it what an agent can do.",
  },
  "newer-commands": {
    what: "guest-get-load and guest-network-get-route",
    qemuGa: "does not know them",
    guestwire: "knows them",
    why: "qemu-ga has them since 10.0 and 9.1.",
  },
  "total-bytes-privileged": {
    what: "`total-bytes-privileged` of guest-get-fsinfo",
    qemuGa: "does not tell it",
    guestwire: "tells it",
    why: "qemu-ga does so since 9.1.",
  },
  "usb-disks": {
    what: "disks behind an xHCI or EHCI controller on PCI",
    qemuGa: "`unknown`, and a controller of -1",
    guestwire: "`usb`, and the controller's address",
    why: "qemu-ga does so in later releases.",
  },
  "mounted-twice": {
    what: "a device that is mounted at several places (bind mounts, subvolumes)",
    qemuGa:
      "guest-get-fsinfo and guest-fstrim list it at each, and fsfreeze tries to freeze it at each",
    guestwire: "it is listed at the first place and frozen once",
    why: "qemu-ga does so in later releases: it is one file system.",
  },
} as const satisfies Record<string, Difference>;

export type GuestDifferenceId = keyof typeof guestDifferences;

/** A value, what a value must be like, or undefined for none. */
export type Expected = Json | undefined | ((value: Json | undefined) => boolean);

/** Where in which reply a difference shows. */
export interface Permitted {
  readonly command: string;
  /** As `compare-replies.ts` has it; `[*]` stands for any element. */
  readonly path: string;
  readonly qemuGa: Expected;
  readonly guestwire: Expected;
  readonly row: GuestDifferenceId | DifferenceId;
}

const anyNumber = (value: Json | undefined) => typeof value === "number";
const anything = (value: Json | undefined) => value !== undefined;
const atLeastZero = (value: Json | undefined) => typeof value === "number" && value >= 0;
const absent = undefined;

/** The table the differential test knows; a row of it that no reply shows any more fails the test. */
export const permitted: readonly Permitted[] = [
  {
    command: "guest-info",
    path: ".version",
    qemuGa: (value) => /^7\.2\./.test(String(value)),
    guestwire: (value) => /^\d+\.\d+\.\d+$/.test(String(value)),
    row: "agent-version",
  },
  ...["guest-get-load", "guest-network-get-route"].map(
    (name): Permitted => ({
      command: "guest-info",
      path: `.supported_commands[${name}]`,
      qemuGa: absent,
      guestwire: { name, enabled: true, "success-response": true },
      row: "newer-commands",
    }),
  ),
  {
    command: "guest-info",
    path: ".supported_commands[guest-get-devices]",
    qemuGa: { name: "guest-get-devices", enabled: false, "success-response": true },
    guestwire: absent,
    row: "guest-get-devices",
  },
  {
    command: "guest-get-fsinfo",
    path: "[*].total-bytes-privileged",
    qemuGa: absent,
    guestwire: anyNumber,
    row: "total-bytes-privileged",
  },
  ...[
    { command: "guest-get-fsinfo", list: "" },
    { command: "guest-fstrim", list: ".paths" },
  ].flatMap(({ command, list }) =>
    ["/mnt/bound", "/mnt/again"].map(
      (mountpoint): Permitted => ({
        command,
        path: `${list}[${mountpoint}]`,
        qemuGa: anything,
        guestwire: absent,
        row: "mounted-twice",
      }),
    ),
  ),
  ...[
    { command: "guest-get-disks", address: "[*].address" },
    { command: "guest-get-fsinfo", address: "[*].disk[*]" },
  ].flatMap(({ command, address }): Permitted[] => [
    {
      command,
      path: `${address}.bus-type`,
      qemuGa: "unknown",
      guestwire: "usb",
      row: "usb-disks",
    },
    ...["domain", "bus", "slot", "function"].map(
      (member): Permitted => ({
        command,
        path: `${address}.pci-controller.${member}`,
        qemuGa: -1,
        guestwire: atLeastZero,
        row: "usb-disks",
      }),
    ),
  ]),
];
