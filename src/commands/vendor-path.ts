import * as v from "valibot";
import { errnoOf, SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import {
  change,
  makeFolderAt,
  makeLinkAt,
  openPlace,
  removePlace,
  renamePlace,
} from "../../native/path-change.ts";
import { OpenFlag } from "../../native/structs.ts";
import { mustBeWithin, within } from "./argument-checks.ts";
import { command } from "./command.ts";
import type { Policy } from "./context.ts";
import { betweenPlaces, holdToChange, type NamedPlace, placeToName } from "./guarded-path.ts";
import { GuestError, wording } from "./guest-error.ts";
import { base64, bool, int64, oneOf, str } from "./qapi.ts";
import {
  arg,
  auditedText,
  decodedPath,
  largestId,
  oneOfTwo,
  option,
  pathMembers,
  pathOf,
  permissionBits,
  shown,
} from "./vendor.ts";

const sizeMax = 2n ** 63n - 1n;

/** What a host has made may be a secret, as in a file that guest-file-open makes. */
const newFolderMode = 0o700;

export const fileChange = command({
  name: "__org.guestwire_file-change",
  place: 1031,
  since: "guestwire 0.2",
  doc: "Changes what is given about a file, a link being meant itself: its size, its owner, its mode and its times, in this order.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      mode: option("permission, set-id and sticky bits; not of a link", int64()),
      uid: option("the user it is to belong to", int64()),
      gid: option("the group it is to belong to", int64()),
      "mtime-ns": option("when its content was changed, in ns since 1970", int64()),
      size: option("bytes; what is added is a hole; not of a link", int64()),
    }),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "path", deed: "change", mode: "mode" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "truncate(2), chown(2), chmod(2), utimensat(2)",
  audited: ({ path, "path-b64": encoded, mode, uid, gid, "mtime-ns": mtime, size }) => ({
    arguments: { path: auditedText(path, encoded), mode, uid, gid, mtime, size },
  }),
  run({ mode, uid, gid, "mtime-ns": mtime, size, ...args }, context) {
    const path = pathOf(args);
    const bits = mode === undefined ? undefined : within("mode", mode, 0, permissionBits);
    const user = uid === undefined ? undefined : within("uid", uid, 0, largestId);
    const group = gid === undefined ? undefined : within("gid", gid, 0, largestId);
    if (size !== undefined) mustBeWithin("size", size, 0, sizeMax);
    context.audit(`file-change called, filepath: ${shown(path)}`);
    wording(`failed to change '${shown(path)}'`, () => {
      using fd = holdToChange(context.policy, path, bits);
      if (bits !== undefined || size !== undefined) mustBeNoLink(fd);
      if (size !== undefined) change.size(fd, size);
      // Takes set-id bits away, so the mode comes after it.
      if (user !== undefined || group !== undefined) change.owner(fd, user, group);
      if (bits !== undefined) change.mode(fd, bits);
      if (mtime !== undefined) change.modificationTime(fd, mtime);
    });
  },
});

/** @throws SysError EOPNOTSUPP for a link, which has no such thing */
function mustBeNoLink(fd: Fd): void {
  if (fd.stat().type === "symlink") throw new SysError("change", errnoOf("EOPNOTSUPP"), fd.subject);
}

export const fileRename = command({
  name: "__org.guestwire_file-rename",
  place: 1032,
  since: "guestwire 0.2",
  doc: "Gives a file another name on the same file system, at once and whole; what has that name already is replaced only with `replace`.",
  args: () =>
    v.strictObject({
      from: option("the name it has, or", str()),
      "from-b64": option("base64 of its bytes", base64()),
      to: option("the name it is to have, or", str()),
      "to-b64": option("base64 of its bytes", base64()),
      replace: option("whether what has that name already goes", bool()),
    }),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "from", to: "to", deed: "name" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "renameat2(2)",
  audited: ({ replace, ...args }) => ({
    arguments: {
      from: auditedText(args.from, args["from-b64"]),
      to: auditedText(args.to, args["to-b64"]),
      replace,
    },
  }),
  run({ replace = false, ...args }, context) {
    const from = oneOfTwo("from", args.from, args["from-b64"]);
    const to = oneOfTwo("to", args.to, args["to-b64"]);
    context.audit(`file-rename called, from: ${shown(from)}, to: ${shown(to)}`);
    wording(`failed to rename '${shown(from)}' to '${shown(to)}'`, () =>
      betweenPlaces(context.policy, from, to, (source, target) =>
        renamePlace(source, target, replace),
      ),
    );
  },
});

export const fileMake = command({
  name: "__org.guestwire_file-make",
  place: 1033,
  since: "guestwire 0.2",
  doc: "Makes a folder with exactly `mode` (0700 if not given), or a symbolic link that says `target-b64`.",
  args: () =>
    v.strictObject({
      ...pathMembers(),
      type: arg("what to make", oneOf(["directory", "symlink"])),
      mode: option("of a folder, whatever the umask", int64()),
      "target-b64": option("base64 of what a link is to say", base64()),
    }),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "path", deed: "name" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "mkdir(2), chmod(2), symlink(2)",
  audited: ({ path, "path-b64": encoded, type, mode, "target-b64": target }) => ({
    arguments: {
      path: auditedText(path, encoded),
      type,
      mode,
      target: auditedText(undefined, target),
    },
  }),
  run({ type, mode, "target-b64": encoded, ...args }, context) {
    const path = pathOf(args);
    const failing = `failed to make '${shown(path)}'`;
    context.audit(`file-make called, filepath: ${shown(path)}, type: ${type}`);
    if (type === "symlink") {
      if (encoded === undefined) throw new GuestError("Parameter 'target-b64' is missing");
      if (mode !== undefined) throw new GuestError("Parameter 'mode' is unexpected");
      const target = decodedPath("target-b64", encoded);
      return wording(failing, () =>
        makeAt(context.policy, path, (place) => makeLinkAt(place, target)),
      );
    }
    if (encoded !== undefined) throw new GuestError("Parameter 'target-b64' is unexpected");
    const bits = mode === undefined ? newFolderMode : within("mode", mode, 0, permissionBits);
    wording(failing, () =>
      makeAt(
        context.policy,
        path,
        (place) => makeFolderAt(place, newFolderMode),
        (place) => {
          using fd = openPlace(place, OpenFlag.O_PATH | OpenFlag.O_DIRECTORY);
          change.mode(fd, bits);
        },
      ),
    );
  },
});

/** Makes something and sees to it; takes it away again where that fails. */
function makeAt(
  policy: Policy | null,
  path: string,
  make: (place: NamedPlace) => void,
  seeTo: (place: NamedPlace) => void = () => {},
): void {
  using place = placeToName(policy, path);
  make(place);
  try {
    place.approveAgain();
    seeTo(place);
  } catch (error) {
    removePlace(place);
    throw error;
  }
}

export const fileRemove = command({
  name: "__org.guestwire_file-remove",
  place: 1034,
  since: "guestwire 0.2",
  doc: "Removes a file, a symbolic link or an empty folder.",
  args: () => v.strictObject(pathMembers()),
  returns: null,
  privilege: "file-write",
  guard: { kind: "write-path", path: "path", deed: "name" },
  deniedWith: ["guest-file-open", "guest-file-write"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "unlink(2), rmdir(2)",
  audited: ({ path, "path-b64": encoded }) => ({
    arguments: { path: auditedText(path, encoded) },
  }),
  run(args, context) {
    const path = pathOf(args);
    context.audit(`file-remove called, filepath: ${shown(path)}`);
    wording(`failed to remove '${shown(path)}'`, () => {
      using place = placeToName(context.policy, path);
      removePlace(place);
    });
  },
});

/** For the registry. */
export const vendorPathCommands = [fileChange, fileRename, fileMake, fileRemove] as const;
