import * as v from "valibot";
import { fileSystems } from "../linux/mounts.ts";
import { Deadline } from "../linux/outside/deadline.ts";
import { Trimming, type TrimOutcome } from "../linux/outside/trimming.ts";
import { command } from "./command.ts";
import { worded } from "./guest-error.ts";
import { wordingMountTable } from "./mount-table-error.ts";
import { int64 } from "./qapi.ts";
import * as returns from "./returns.ts";

/** Less than the ten minutes that Proxmox VE waits for the answer. */
export const trimSecondsMaxDefault = 540;

export const guestFstrim = command({
  name: "guest-fstrim",
  place: 18,
  since: "1.2",
  doc: "Gives the free blocks of all file systems back to the host, in runs of at least `minimum` bytes.",
  args: () => v.strictObject({ minimum: v.exactOptional(int64(), 0) }),
  returns: () =>
    v.object({
      paths: v.array(
        v.object({
          path: returns.str("the mount point"),
          trimmed: v.exactOptional(returns.int64("bytes given back")),
          minimum: v.exactOptional(returns.int64("bytes of the shortest run looked at")),
          error: v.exactOptional(returns.str("why this one was not trimmed")),
        }),
      ),
    }),
  privilege: "fs",
  guard: { kind: "mount-points", list: null },
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/self/mountinfo; FITRIM in a process of its own, with a deadline",
  audited: ({ minimum }, value) => ({
    arguments: { minimum },
    result: { paths: value?.paths.map(({ path }) => path) },
  }),
  async run({ minimum }, context) {
    context.audit("guest-fstrim called");
    const { reactor, root, outside } = context;
    const all = wordingMountTable(() => fileSystems(root)).reverse();
    // The kernel knows no negative sizes: they are huge ones, and refused.
    const minimumBytes = BigInt.asUintN(64, minimum);
    const options = { program: outside.program, root };
    const trimming = new Trimming(reactor, options, new Deadline(outside.trimSecondsMax));
    const outcomes = await trimming.trim(all, minimumBytes);
    return {
      paths: all.map(({ mountPoint: path }, index) => ({
        path,
        ...described(outcomes[index] as TrimOutcome),
      })),
    };
  },
});

function described(result: TrimOutcome): { trimmed: bigint; minimum: bigint } | { error: string } {
  if (!("failed" in result)) {
    return {
      trimmed: BigInt.asIntN(64, result.trimmedBytes),
      minimum: BigInt.asIntN(64, result.minimumBytes),
    };
  }
  switch (result.failed) {
    case "support":
      return { error: "trim not supported" };
    case "covered":
      return { error: "failed to open: another file system is mounted over it" };
    default:
      return { error: worded(`failed to ${result.failed}`, result.cause).message };
  }
}

/** For the registry. */
export const fstrimCommands = [guestFstrim] as const;
