/** What whole files are copied with. */
import * as v from "valibot";
import { nextData } from "../../native/file-data.ts";
import { syncSubcommand } from "../linux/errands.ts";
import type { SyncOrder, SyncOutcome } from "../linux/file-sync.ts";
import { HashMismatch, readWhole, sha256Of, writeWhole } from "../linux/whole-file.ts";
import { mustBeWithin, validBase64, within } from "./argument-checks.ts";
import { command } from "./command.ts";
import { mustAnswer, mustHaveWorked } from "./errand-error.ts";
import { openFile } from "./file.ts";
import { byHeldPath, holdToChange, openToRead, placeToName } from "./guarded-path.ts";
import { GuestError, wording } from "./guest-error.ts";
import { base64, bool, int64, str } from "./qapi.ts";
import * as returns from "./returns.ts";
import {
  arg,
  auditedText,
  largestId,
  option,
  pathMembers,
  pathOf,
  permissionBits,
  shown,
} from "./vendor.ts";

/** A file that is read or written in one exchange. */
export const wholeFileBytesMax = 1024 * 1024;

/** Of one reply. */
export const dataRangesMax = 1024;

/** Writing out what is in memory waits for the disk. */
export const syncDeadlineMs = 60_000;

const sizeMax = 2n ** 63n - 1n;

/** What a host has made may be a secret, as in a file that guest-file-open makes. */
const newFileMode = 0o600;

export const fileOpen = command({
  name: "__org.guestwire_file-open",
  place: 1051,
  since: "guestwire 0.2",
  doc: "Opens a file as guest-file-open does, whatever bytes its name has, and tells its size; the handle is closed by guest-file-close.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      mode: v.exactOptional(arg("as of guest-file-open: r if not given", str()), "r"),
      exclusive: option("whether it is an error that there is one; with w, a, w+, a+", bool()),
      nofollow: option("whether it is an error that it is a symbolic link", bool()),
    }),
  returns: () =>
    v.object({
      handle: returns.int64("as of guest-file-open"),
      type: returns.str("as of file-stat"),
      size: returns.int64("bytes"),
      mode: returns.int64("permission, set-id and sticky bits"),
      uid: returns.int64("the user it belongs to"),
      gid: returns.int64("the group it belongs to"),
      nlink: returns.int64("how many names it has"),
      "mtime-ns": returns.int64("when its content was changed, in ns since 1970"),
    }),
  privilege: "file-write",
  guard: { kind: "file", path: "path", mode: "mode" },
  deniedWith: ["guest-file-open"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "open(2), fdopen(3), statx(2)",
  audited: ({ path, "path-b64": encoded, mode }, value) => ({
    arguments: { path: auditedText(path, encoded), mode },
    result: { handle: value?.handle },
  }),
  run({ mode, exclusive = false, nofollow = false, ...args }, context) {
    const path = pathOf(args);
    context.audit(`file-open called, filepath: ${shown(path)}, mode: ${mode}`);
    const opened = openFile(path, mode, context, { exclusive, nofollow });
    const described = (handle: bigint) => {
      const { type, size, mode, uid, gid, links, mtimeNs } = context.files.get(handle).details();
      return { handle, type, size, mode, uid, gid, nlink: links, "mtime-ns": mtimeNs };
    };
    return typeof opened === "bigint" ? described(opened) : opened.then(described);
  },
});

export const fileData = command({
  name: "__org.guestwire_file-data",
  place: 1052,
  since: "guestwire 0.2",
  doc: `Where a file has data from \`offset\` on, at most ${dataRangesMax} ranges; between them are holes, which are read as zeros.`,
  args: () =>
    v.strictObject({
      ...pathMembers(),
      offset: option("where to begin: 0 if not given", int64()),
    }),
  returns: () =>
    v.object({
      ranges: v.array(
        v.object({
          offset: returns.int64("where data begins"),
          count: returns.int64("bytes of it"),
        }),
      ),
      next: v.exactOptional(returns.int64("where to go on; absent: that was all")),
    }),
  privilege: "file-read",
  guard: { kind: "read-path", path: "path", deed: "read" },
  deniedWith: ["guest-file-open", "guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "lseek(2) with SEEK_DATA and SEEK_HOLE",
  audited: ({ path, "path-b64": encoded, offset }) => ({
    arguments: { path: auditedText(path, encoded), offset },
  }),
  run({ offset = 0n, ...args }, { policy }) {
    const path = pathOf(args);
    mustBeWithin("offset", offset, 0, sizeMax);
    return wording(`failed to look for data in '${shown(path)}'`, () => {
      using fd = openToRead(policy, path);
      const ranges: { offset: bigint; count: bigint }[] = [];
      for (let at = offset; ; ) {
        const data = nextData(fd, at);
        if (data === null) return { ranges };
        if (ranges.length === dataRangesMax) return { ranges, next: at };
        ranges.push({ offset: data.start, count: data.end - data.start });
        at = data.end;
      }
    });
  },
});

export const fileGet = command({
  name: "__org.guestwire_file-get",
  place: 1053,
  since: "guestwire 0.2",
  doc: "All of a regular file of at most 1 MiB, with its SHA-256 and what file-stat tells; no symbolic link is followed.",
  args: () => v.strictObject(pathMembers()),
  returns: () =>
    v.object({
      size: returns.int64("bytes"),
      mode: returns.int64("permission, set-id and sticky bits"),
      uid: returns.int64("the user it belongs to"),
      gid: returns.int64("the group it belongs to"),
      "mtime-ns": returns.int64("when its content was changed, in ns since 1970"),
      hash: returns.str("SHA-256 of what was read, hexadecimal digits in lower case"),
      "buf-b64": returns.base64("the bytes"),
    }),
  privilege: "file-read",
  guard: { kind: "read-path", path: "path", deed: "read" },
  deniedWith: ["guest-file-open", "guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "open(2), statx(2), pread(2)",
  audited: ({ path, "path-b64": encoded }, value) => ({
    arguments: { path: auditedText(path, encoded) },
    result: { hash: value?.hash, count: value?.size },
  }),
  run(args, context) {
    const path = pathOf(args);
    context.audit(`file-get called, filepath: ${shown(path)}`);
    return wording(`failed to read '${shown(path)}'`, () => {
      using fd = openToRead(context.policy, path, "keep");
      const { bytes, details } = readWhole(fd, wholeFileBytesMax);
      const { size, mode, uid, gid, mtimeNs } = details;
      const hash = sha256Of(bytes);
      return { size, mode, uid, gid, "mtime-ns": mtimeNs, hash, "buf-b64": bytes };
    });
  },
});

export const filePut = command({
  name: "__org.guestwire_file-put",
  place: 1054,
  since: "guestwire 0.2",
  doc: "Makes a file of at most 1 MiB under another name in the same folder, compares what it reads of it with `hash`, changes what is given about it, and only then gives it its name.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      "buf-b64": arg("the bytes", base64()),
      hash: arg("their SHA-256, hexadecimal digits in lower case", str()),
      mode: option("permission, set-id and sticky bits: 0600 if not given", int64()),
      uid: option("the user it is to belong to", int64()),
      gid: option("the group it is to belong to", int64()),
      "mtime-ns": option("when its content was changed, in ns since 1970", int64()),
      replace: option("whether a file that has the name already goes", bool()),
    }),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "path", deed: "name", mode: "mode" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "open(2), write(2), pread(2), chown(2), chmod(2), utimensat(2), rename(2)",
  audited: ({ path, "path-b64": encoded, hash, mode, uid, gid, replace }) => ({
    arguments: { path: auditedText(path, encoded), hash, mode, uid, gid, replace },
  }),
  run({ "buf-b64": payload, hash, mode, uid, gid, replace = false, ...args }, context) {
    const path = pathOf(args);
    const bytes = validBase64(payload.decodeInPlace());
    within("buf-b64", BigInt(bytes.length), 0, wholeFileBytesMax);
    const order = {
      bytes,
      sha256: hash,
      mode: mode === undefined ? newFileMode : within("mode", mode, 0, permissionBits),
      uid: uid === undefined ? undefined : within("uid", uid, 0, largestId),
      gid: gid === undefined ? undefined : within("gid", gid, 0, largestId),
      mtimeNs: args["mtime-ns"],
      replace,
    };
    context.audit(`file-put called, filepath: ${shown(path)}`);
    const failing = `failed to write '${shown(path)}'`;
    try {
      wording(failing, () => {
        using place = placeToName(context.policy, path, order.mode);
        writeWhole(place, order);
      });
    } catch (error) {
      if (!(error instanceof HashMismatch)) throw error;
      throw new GuestError(`${failing}: its SHA-256 is another one`, { cause: error });
    }
  },
});

export const fileSync = command({
  name: "__org.guestwire_file-sync",
  place: 1055,
  since: "guestwire 0.2",
  doc: "Waits until a file is on its disk, or of a folder until the names in it are. What takes more than a minute is an error.",
  args: () => v.strictObject(pathMembers()),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "path", deed: "change" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "in a process of its own: fsync(2)",
  audited: ({ path, "path-b64": encoded }) => ({
    arguments: { path: auditedText(path, encoded) },
  }),
  async run(args, context) {
    const path = pathOf(args);
    const failing = `failed to sync '${shown(path)}'`;
    const { policy } = context;
    const hold = () => wording(failing, () => holdToChange(policy, path, undefined));
    const outcome = await byHeldPath(policy, path, hold, (place) => {
      const order: SyncOrder = { path: place, isHeld: policy !== null };
      const errand = { name: syncSubcommand, order, deadlineMs: syncDeadlineMs };
      return mustAnswer(context, errand, failing);
    });
    mustHaveWorked(outcome as SyncOutcome, failing);
  },
});

/** For the registry. */
export const vendorCopyCommands = [fileOpen, fileData, fileGet, filePut, fileSync] as const;
