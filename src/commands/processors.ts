import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import { EmptyAttribute } from "../linux/attribute.ts";
import {
  NoSwitch,
  processor,
  processorFolder,
  processorIds,
  setProcessor,
} from "../linux/processors.ts";
import { command } from "./command.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { bool, int64, list, object } from "./qapi.ts";
import * as returns from "./returns.ts";

export const guestGetVcpus = command({
  name: "guest-get-vcpus",
  place: 23,
  since: "1.5",
  doc: "The logical processors, in no particular order, those that are offline among them.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        "logical-id": returns.int64("the number the kernel has given it"),
        online: returns.bool("whether it is in use"),
        "can-offline": returns.bool("whether guest-set-vcpus can turn it off"),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: processorFolder,
  run(_, { root }) {
    const ids = wording(`failed to list entries: ${root}${processorFolder}`, () =>
      processorIds(root),
    );
    return ids.map((id) => {
      const { online, canOffline } = wordingCalls(() => processor(root, id));
      return { "logical-id": id, online, "can-offline": canOffline };
    });
  },
});

export const guestSetVcpus = command({
  name: "guest-set-vcpus",
  place: 24,
  since: "1.5",
  doc: "Turns processors on and off, one after the other, up to the first with which that fails.",
  args: () =>
    v.strictObject({
      vcpus: list(
        object({ "logical-id": int64(), online: bool(), "can-offline": v.exactOptional(bool()) }),
      ),
    }),
  returns: () => returns.int64("how many of the list are as wanted now, counted from its start"),
  privilege: "unrestricted",
  whileFrozen: "refused",
  success: "reply",
  mechanism: processorFolder,
  audited: ({ vcpus }, done) => ({
    arguments: {
      vcpus: vcpus.map(({ "logical-id": id, online }) => `${id} ${online ? "online" : "offline"}`),
    },
    result: { done },
  }),
  run({ vcpus }, { root }) {
    for (const [done, { "logical-id": id, online }] of vcpus.entries()) {
      try {
        wordingCalls(() => setProcessor(root, id, online));
      } catch (error) {
        // The count alone tells that a later one failed; asked for again on its own it gives the reason.
        if (error instanceof GuestError && done > 0) return done;
        throw error;
      }
    }
    return vcpus.length;
  },
});

/** What a SysError of an attribute calls the system call that failed. */
const calls: Readonly<Record<string, string>> = { open: "open", read: "pread", write: "pwrite" };

function wordingCalls<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError) {
      throw worded(`${calls[error.op] ?? error.op}("${error.subject}")`, error);
    }
    if (error instanceof EmptyAttribute) {
      throw new GuestError(`pread("${error.path}"): unexpected EOF`, { cause: error });
    }
    if (error instanceof NoSwitch) {
      throw new GuestError(`logical processor #${error.id} can't be offlined`, { cause: error });
    }
    throw error;
  }
}

/** For the registry. */
export const processorsCommands = [guestGetVcpus, guestSetVcpus] as const;
