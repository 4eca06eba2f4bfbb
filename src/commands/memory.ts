import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import { EmptyAttribute } from "../linux/attribute.ts";
import {
  memoryBlock,
  memoryBlockBytes,
  memoryBlockIndexes,
  memoryFolder,
  openMemoryFolder,
  setMemoryBlock,
} from "../linux/memory-blocks.ts";
import { lastName } from "../linux/paths.ts";
import { command } from "./command.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { bool, list, object, uint64 } from "./qapi.ts";
import * as returns from "./returns.ts";

export const guestGetMemoryBlocks = command({
  name: "guest-get-memory-blocks",
  place: 28,
  since: "2.3",
  doc: "The blocks of hot-pluggable memory, in no particular order; none where the kernel has no memory hotplug.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        "phys-index": returns.int64("its number; times the size of a block, its address"),
        online: returns.bool("whether it is in use"),
        "can-offline": returns.bool("whether the kernel thinks that it can be turned off"),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: memoryFolder,
  run(_, { root }) {
    const listing = `Can't open directory"${root}${memoryFolder}"`;
    using blocks = wording(listing, () => openMemoryFolder(root));
    if (blocks === null) return [];
    const indexes = wording(listing, () => memoryBlockIndexes(blocks));
    if (indexes.length === 0) throw new GuestError("guest reported zero memory blocks!");
    return indexes.map((index) => {
      const { online, canOffline } = wordingFiles(() => memoryBlock(blocks, index));
      return { "phys-index": index, online, "can-offline": canOffline };
    });
  },
});

export const guestSetMemoryBlocks = command({
  name: "guest-set-memory-blocks",
  place: 29,
  since: "2.3",
  doc: "Turns memory blocks on and off, and answers for each what came of it.",
  args: () =>
    v.strictObject({
      "mem-blks": list(
        object({ "phys-index": uint64(), online: bool(), "can-offline": v.exactOptional(bool()) }),
      ),
    }),
  returns: () =>
    v.array(
      v.object({
        "phys-index": returns.int64("as asked"),
        response: returns.oneOf(
          ["success", "not-found", "operation-not-supported", "operation-failed"],
          "what came of it",
        ),
        "error-code": v.exactOptional(returns.int64("the errno of what was in the way")),
      }),
    ),
  privilege: "unrestricted",
  whileFrozen: "refused",
  success: "reply",
  mechanism: memoryFolder,
  audited: ({ "mem-blks": blocks }, value) => ({
    arguments: {
      blocks: blocks.map(
        ({ "phys-index": index, online }) => `${index} ${online ? "online" : "offline"}`,
      ),
    },
    result: { responses: value?.map(({ response }) => response) },
  }),
  run({ "mem-blks": blocks }, { root }) {
    return blocks.map(({ "phys-index": index, online }) => {
      const { response, errno } = setMemoryBlock(root, index, online);
      return { "phys-index": index, response, ...(errno !== null && { "error-code": errno }) };
    });
  },
});

export const guestGetMemoryBlockInfo = command({
  name: "guest-get-memory-block-info",
  place: 30,
  since: "2.3",
  doc: "The size of a memory block.",
  args: () => v.strictObject({}),
  returns: () => v.object({ size: returns.int64("bytes") }),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: `${memoryFolder}block_size_bytes`,
  run: (_, { root }) => ({ size: wordingFiles(() => memoryBlockBytes(root)) }),
});

/** What a SysError of an attribute calls the system call that failed. */
const calls: Readonly<Record<string, string>> = { open: "open", read: "pread" };

/** A folder is named in full, a file in it by its last name. */
function wordingFiles<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError) {
      const { op, subject } = error;
      if (subject.endsWith("/")) throw worded(`open("${subject}")`, error);
      throw worded(`${calls[op] ?? op} sysfs file "${lastName(subject)}"`, error);
    }
    if (error instanceof EmptyAttribute) {
      const text = `pread sysfs file "${lastName(error.path)}": unexpected EOF`;
      throw new GuestError(text, { cause: error });
    }
    throw error;
  }
}

/** For the registry. */
export const memoryCommands = [
  guestGetMemoryBlocks,
  guestSetMemoryBlocks,
  guestGetMemoryBlockInfo,
] as const;
