import type { FreezePlan, LeftOutReason, PlannedFreeze } from "../linux/freeze-plan.ts";

const reasons: Readonly<Record<LeftOutReason, string>> = {
  covered: "another file system is mounted over it",
  "kernel-interface": "an interface of the kernel",
  memory: "lies in memory",
  network: "another machine serves it",
  fuse: "a process serves it, and the kernel cannot freeze it",
  overlay: "what it writes goes to a file system below, which counts",
  "never-written": "nothing can be written to it",
  "cannot-freeze": "its driver is not known to freeze: a snapshot has it as after a power cut",
  "no-device": "is on no block device",
};

/** The plan for people. */
export function freezePlanText({ frozen, leftOut }: FreezePlan): string {
  const first = frozen.map((each, index) => [
    String(index + 1).padStart(2),
    each.mountPoint,
    each.type,
    each.source,
    notes(each).join("; "),
  ]);
  const shown = leftOut.filter(({ reason }) => reason !== "kernel-interface");
  const hiddenCount = leftOut.length - shown.length;
  const second = shown.map(({ mountPoint, type, source, reason }) => [
    "  ",
    mountPoint,
    type,
    source,
    reasons[reason],
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...[...first, ...second].map((row) => printable(row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    frozen.length === 0
      ? "Nothing would be frozen: no file system that can be is on a disk."
      : "A freeze would freeze, in this order:",
    ...first.map(line),
    ...(leftOut.length === 0 ? [] : ["", "and leave out:"]),
    ...second.map(line),
    ...(hiddenCount === 0
      ? []
      : [`    and what the kernel shows as files, such as /proc (${hiddenCount})`]),
    "",
  ].join("\n");
}

function notes(system: PlannedFreeze): string[] {
  const { isHidden, isReadOnly, liesIn, otherMountPoints } = system;
  return [
    ...(isHidden ? ["NO PATH LEADS TO IT: the freeze would fail"] : []),
    ...liesIn.map(({ file, mountPoint }) => `lies in ${file}, so before ${mountPoint}`),
    ...(otherMountPoints.length === 0 ? [] : [`also at ${otherMountPoints.join(", ")}`]),
    ...(isReadOnly ? ["read-only"] : []),
  ];
}

/** Paths of others may have anything in them that a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
