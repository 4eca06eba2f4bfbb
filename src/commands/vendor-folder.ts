import * as v from "valibot";
import type { Fd } from "../../native/fd.ts";
import { listFrom } from "../../native/folder.ts";
import { entryDetails } from "../../native/folder-entry.ts";
import { bytesOfPath } from "../../native/path-bytes.ts";
import { within } from "./argument-checks.ts";
import { command } from "./command.ts";
import { lookAt, namesToTell, openToList } from "./guarded-path.ts";
import { wording } from "./guest-error.ts";
import { bool, int64 } from "./qapi.ts";
import * as returns from "./returns.ts";
import { auditedText, option, pathMembers, pathOf, shown } from "./vendor.ts";

/** Of one reply. */
export const listEntriesMax = 4096;
const listEntriesDefault = 1024;

const types = ["file", "directory", "symlink", "block", "char", "fifo", "socket"] as const;

/** In a list of folders it is asked for once an entry. */
function statusMembers() {
  return {
    type: returns.oneOf(types, "what it is"),
    mode: returns.int64("permission, set-id and sticky bits"),
    uid: returns.int64("the user it belongs to"),
    gid: returns.int64("the group it belongs to"),
    size: returns.int64("bytes"),
    "mtime-ns": returns.int64("when its content was changed, in ns since 1970"),
  };
}

export const fileStat = command({
  name: "__org.guestwire_file-stat",
  place: 1021,
  since: "guestwire 0.2",
  doc: "What a file is; of a symbolic link itself unless `follow`.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      follow: option("whether to tell what a symbolic link leads to", bool()),
    }),
  returns: () =>
    v.object({
      ...statusMembers(),
      "atime-ns": returns.int64("when it was read, in ns since 1970"),
      "ctime-ns": returns.int64("when anything about it was changed, in ns since 1970"),
      ino: returns.int64("its number on the device"),
      dev: returns.int64("the device it lies on"),
      nlink: returns.int64("how many names it has"),
      blocks: returns.int64(
        "512-byte blocks it takes up; fewer than its size has where it has holes",
      ),
      "target-b64": v.exactOptional(returns.base64("of a symbolic link: what it says")),
    }),
  privilege: "file-read",
  guard: { kind: "read-path", path: "path", deed: "look", follow: "follow" },
  deniedWith: ["guest-file-open", "guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "statx(2), readlink(2)",
  audited: ({ path, "path-b64": encoded }) => ({
    arguments: { path: auditedText(path, encoded) },
  }),
  run({ follow = false, ...args }, { policy }) {
    const path = pathOf(args);
    return wording(`failed to stat '${shown(path)}'`, () => {
      const { details, target } = lookAt(policy, path, follow ? "follow" : "keep");
      const { type, mode, uid, gid, size, ino, dev, links, blocks, ...times } = details;
      return {
        type,
        mode,
        uid,
        gid,
        size,
        "mtime-ns": times.mtimeNs,
        "atime-ns": times.atimeNs,
        "ctime-ns": times.ctimeNs,
        ino,
        dev,
        nlink: links,
        blocks,
        ...(target !== null && { "target-b64": target }),
      };
    });
  },
});

export const fileList = command({
  name: "__org.guestwire_file-list",
  place: 1022,
  since: "guestwire 0.2",
  doc: "What is in a folder, at most `max` entries (1024 if not given, 4096 at most), in the order of the file system; from `cursor` on.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      cursor: option("as the reply before it gave it", int64()),
      max: option("entries", int64()),
    }),
  returns: () =>
    v.object({
      entries: v.array(
        v.object({ "name-b64": returns.base64("the bytes of its name"), ...statusMembers() }),
      ),
      cursor: v.exactOptional(returns.int64("where the rest begins; absent: that was all")),
    }),
  privilege: "file-read",
  guard: { kind: "read-path", path: "path", deed: "look" },
  deniedWith: ["guest-file-open", "guest-file-read"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "getdents64(2), statx(2)",
  audited: ({ path, "path-b64": encoded }) => ({
    arguments: { path: auditedText(path, encoded) },
  }),
  run({ cursor = 0n, max = BigInt(listEntriesDefault), ...args }, { policy }) {
    const path = pathOf(args);
    const entriesMax = within("max", max, 1, listEntriesMax);
    return wording(`failed to list '${shown(path)}'`, () => {
      using folder = openToList(policy, path);
      const { names, next } = listFrom(folder, cursor, entriesMax);
      const entries = namesToTell(policy, folder, names).flatMap(
        (name) => entryOf(folder, name) ?? [],
      );
      return { entries, ...(next !== null && { cursor: next }) };
    });
  },
});

/** Null when it has gone meanwhile. */
function entryOf(folder: Fd, name: string) {
  const details = entryDetails(folder, name);
  if (details === null) return null;
  const { type, mode, uid, gid, size, mtimeNs } = details;
  const bytes = Uint8Array.from(bytesOfPath(name));
  return { "name-b64": bytes, type, mode, uid, gid, size, "mtime-ns": mtimeNs };
}

/** For the registry. */
export const vendorFolderCommands = [fileStat, fileList] as const;
