import * as v from "valibot";
import { hashSubcommand } from "../linux/errands.ts";
import type { HashOrder, HashOutcome } from "../linux/file-hash.ts";
import { mustBeWithin, validBase64, within } from "./argument-checks.ts";
import { command } from "./command.ts";
import { mustAnswer, mustHaveWorked } from "./errand-error.ts";
import { writtenOf } from "./evidence.ts";
import { byHeldPath, openToRead } from "./guarded-path.ts";
import { GuestError, wording } from "./guest-error.ts";
import { base64, int64, oneOf } from "./qapi.ts";
import * as returns from "./returns.ts";
import { arg, auditedText, option, pathMembers, pathOf, shown } from "./vendor.ts";

/** Of one reply. */
export const readAtBytesMax = 16 * 1024 * 1024;
const readAtBytesDefault = 64 * 1024;

/** A range that takes longer is asked for in parts. */
export const hashDeadlineMs = 60_000;

const offsetMax = 2n ** 63n - 1n;

/** @throws GuestError for a negative one */
function offsetOf(name: string, value: bigint): bigint {
  mustBeWithin(name, value, 0, offsetMax);
  return value;
}

export const fileReadAt = command({
  name: "__org.guestwire_file-read-at",
  place: 1011,
  since: "guestwire 0.2",
  doc: "Reads at most `count` bytes (65536 if not given, 16 MiB at most) of an open file from `offset` on; its position stays.",
  args: () =>
    v.strictObject({
      handle: arg("of guest-file-open", int64()),
      offset: arg("bytes from the beginning", int64()),
      count: option("bytes", int64()),
    }),
  returns: () =>
    v.object({
      count: returns.int64("bytes read, before base64"),
      "buf-b64": returns.base64("the bytes"),
      eof: returns.bool("whether the end of the file was met in this call"),
    }),
  privilege: "file-read",
  deniedWith: ["guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "pread(2)",
  audited: ({ handle, offset, count }, value) => ({
    arguments: { handle, offset, count },
    result: { count: value?.count },
  }),
  run({ handle, offset, count = BigInt(readAtBytesDefault) }, context) {
    const file = context.files.get(handle);
    const from = offsetOf("offset", offset);
    const bytesMax = within("count", count, 0, readAtBytesMax);
    const { bytes, eof } = wording("failed to read file", () =>
      file.readAt(from, bytesMax, context.readMemory),
    );
    return { count: bytes.length, "buf-b64": bytes, eof };
  },
});

export const fileWriteAt = command({
  name: "__org.guestwire_file-write-at",
  place: 1012,
  since: "guestwire 0.2",
  doc: "Writes bytes to an open file from `offset` on; its position stays. What lies between is a hole.",
  args: () =>
    v.strictObject({
      handle: arg("of guest-file-open, not opened to append", int64()),
      offset: arg("bytes from the beginning", int64()),
      "buf-b64": arg("the bytes", base64()),
    }),
  returns: () => v.object({ count: returns.int64("bytes written, before base64: all") }),
  privilege: "file-write",
  deniedWith: ["guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "pwrite(2)",
  audited: ({ handle, offset, "buf-b64": payload }, value) => ({
    arguments: { handle, offset },
    result: { written: writtenOf(handle, payload.decoded, value?.count) },
  }),
  run({ handle, offset, "buf-b64": payload }, context) {
    const file = context.files.get(handle);
    const from = offsetOf("offset", offset);
    const bytes = validBase64(payload.decodeInPlace());
    if (file.isAppending) throw new GuestError("failed to write to file: it was opened to append");
    wording("failed to write to file", () => file.writeAt(from, bytes));
    return { count: bytes.length };
  },
});

export const fileHash = command({
  name: "__org.guestwire_file-hash",
  place: 1013,
  since: "guestwire 0.2",
  doc: "The SHA-256 of a file or a range of it. A range that is not read within a minute is an error: ask for a smaller one.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      offset: option("where the range begins: 0 if not given", int64()),
      count: option("bytes of it: to the end if not given", int64()),
      algorithm: option("the only one", oneOf(["sha256"])),
    }),
  returns: () =>
    v.object({
      hash: returns.str("hexadecimal digits in lower case"),
      count: returns.int64(
        "bytes that were there, fewer than asked for at the end of the file only",
      ),
    }),
  privilege: "file-read",
  guard: { kind: "read-path", path: "path", deed: "read" },
  deniedWith: ["guest-file-open", "guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "in a process of its own: open(2), pread(2)",
  audited: ({ path, "path-b64": encoded, offset, count }, value) => ({
    arguments: { path: auditedText(path, encoded), offset, count },
    result: { hash: value?.hash, count: value?.count },
  }),
  run({ offset = 0n, count, ...args }, context) {
    const path = pathOf(args);
    const range = {
      offset: String(offsetOf("offset", offset)),
      ...(count !== undefined && { count: String(offsetOf("count", count)) }),
    };
    context.audit(`file-hash called, filepath: ${shown(path)}`);
    const failing = `failed to hash '${shown(path)}'`;
    const { policy } = context;
    const hold = () => wording(failing, () => openToRead(policy, path));
    return byHeldPath(policy, path, hold, (place) => {
      const order: HashOrder = { path: place, ...range };
      const errand = { name: hashSubcommand, order, deadlineMs: hashDeadlineMs };
      return mustAnswer(context, errand, failing);
    }).then((outcome) => {
      const hashed = outcome as HashOutcome;
      mustHaveWorked(hashed, failing);
      return hashed;
    });
  },
});

/** For the registry. */
export const vendorFileCommands = [fileReadAt, fileWriteAt, fileHash] as const;
