import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import { ErrandFailure } from "../linux/errand.ts";
import { probeSubcommand } from "../linux/errands.ts";
import { type FileProbe, probeDeadlineMs } from "../linux/file-probe.ts";
import { GuestFile, isFileMode, OpenFailure, type OpenRules } from "../linux/guest-file.ts";
import { permissionText } from "../linux/permission-text.ts";
import { mayWait } from "../linux/served-file-systems.ts";
import { validBase64, within } from "./argument-checks.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { EndOfHandle, writtenOf } from "./evidence.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { base64, int64, intOrOneOf, str } from "./qapi.ts";
import * as returns from "./returns.ts";

/** Upstream's cap since CVE-2018-12617; its base64 still fits into the 64 MiB of one JSON token. */
export const readBytesMax = 48 * 1024 * 1024;
const readBytesDefault = 4096;

const whenceByName = { set: 0, cur: 1, end: 2 } as const;

export const guestFileOpen = command({
  name: "guest-file-open",
  place: 8,
  since: "0.15.0",
  doc: "Opens a file as fopen(3) does and answers a handle for it. Opening never waits, whatever the path is.",
  args: () => v.strictObject({ path: str(), mode: v.exactOptional(str(), "r") }),
  returns: () => returns.int64("the handle, unique also over restarts of the agent"),
  privilege: "file-write",
  guard: { kind: "file", path: "path", mode: "mode" },
  whileFrozen: "refused",
  success: "reply",
  mechanism: "open(2), fdopen(3)",
  audited: ({ path, mode }, handle) => ({ arguments: { path, mode }, result: { handle } }),
  run({ path, mode }, context) {
    context.audit(`guest-file-open called, filepath: ${path}, mode: ${mode}`);
    return openFile(path, mode, context, {});
  },
});

/** @param path as `pathText` has it, where it need not be UTF-8 */
export function openFile(
  path: string,
  mode: string,
  context: CommandContext,
  rules: OpenRules,
): bigint | Promise<bigint> {
  if (!isFileMode(mode)) throw new GuestError(`invalid file open mode '${mode}'`);
  const { files, newFileMode } = context;
  const approve = context.policy?.approveFile(mode) ?? null;
  const open = () => {
    const handle = wordedOpen(path, mode, newFileMode, () =>
      files.enter(() => GuestFile.open(path, mode, newFileMode, approve, rules)),
    );
    context.audit(`guest-file-open, handle: ${handle}`);
    return handle;
  };
  return mayWait(path) ? answers(path, mode, context).then(open) : open();
}

/** Has a process of its own ask the file system first: opening a file of one that is dead takes for ever. */
async function answers(path: string, mode: string, { errand }: CommandContext): Promise<void> {
  try {
    const order: FileProbe = { path };
    await errand({ name: probeSubcommand, order, deadlineMs: probeDeadlineMs });
  } catch (error) {
    const isErrand = error instanceof ErrandFailure || error instanceof SysError;
    if (!isErrand) throw error;
    const reason = error instanceof SysError ? error.text : "Connection timed out";
    throw new GuestError(`failed to open file '${path}' (mode: '${mode}'): ${reason}`, {
      cause: error,
    });
  }
}

function wordedOpen<T>(path: string, mode: string, newFileMode: number, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof OpenFailure)) throw error;
    const what = {
      open: `failed to open file '${path}' (mode: '${mode}')`,
      permission: `failed to set permission ${permissionText(newFileMode)} on new file '${path}' (mode: '${mode}')`,
      stream: `failed to associate stdio stream with file '${path}' (mode: '${mode}')`,
    }[error.step];
    throw worded(what, error.cause);
  }
}

export const guestFileClose = command({
  name: "guest-file-close",
  place: 9,
  since: "0.15.0",
  doc: "Writes out what is buffered and closes the file. The handle is gone also when that fails.",
  args: () => v.strictObject({ handle: int64() }),
  returns: null,
  privilege: "file-read",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "fclose(3)",
  audited: ({ handle }) => ({
    arguments: { handle },
    result: { written: new EndOfHandle(handle) },
  }),
  run({ handle }, context) {
    context.audit(`guest-file-close called, handle: ${handle}`);
    const file = context.files.take(handle);
    wording("failed to close handle", () => file.close());
  },
});

export const guestFileRead = command({
  name: "guest-file-read",
  place: 10,
  since: "0.15.0",
  doc: "Reads at most `count` bytes (4096 if not given, 48 MiB at most); fewer only at the end of the file.",
  args: () => v.strictObject({ handle: int64(), count: v.exactOptional(int64()) }),
  returns: () =>
    v.object({
      count: returns.int64("bytes read, before base64"),
      "buf-b64": returns.base64("the bytes"),
      eof: returns.bool("whether the end of the file was met in this call"),
    }),
  privilege: "file-read",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "fread(3)",
  audited: ({ handle, count }, value) => ({
    arguments: { handle, count },
    result: { count: value?.count },
  }),
  run({ handle, count = BigInt(readBytesDefault) }, context) {
    const file = context.files.get(handle);
    const bytesMax = within("count", count, 0, readBytesMax);
    wording("failed to flush file", () => file.beginRead());
    try {
      const { bytes, eof } = file.read(bytesMax, context.readMemory);
      return { count: bytes.length, "buf-b64": bytes, eof };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      context.audit(`guest-file-read failed, handle: ${handle}`);
      throw worded("failed to read file", error);
    }
  },
});

export const guestFileWrite = command({
  name: "guest-file-write",
  place: 11,
  since: "0.15.0",
  doc: "Writes `count` bytes of the decoded `buf-b64`, all of them if not given.",
  args: () =>
    v.strictObject({
      handle: int64(),
      "buf-b64": base64(),
      count: v.exactOptional(int64()),
    }),
  returns: () =>
    v.object({
      count: returns.int64("bytes taken, before base64"),
      eof: returns.bool("always false"),
    }),
  privilege: "file-write",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "fwrite(3)",
  audited: ({ handle, "buf-b64": payload, count }, value) => ({
    arguments: { handle, count },
    result: { written: writtenOf(handle, payload.decoded, value?.count) },
  }),
  run({ handle, "buf-b64": payload, count }, context) {
    const file = context.files.get(handle);
    wording("failed to seek file", () => file.beginWrite());
    const data = validBase64(payload.decodeInPlace());
    const end = count === undefined ? data.length : within("count", count, 0, data.length);
    try {
      return { count: file.write(data.subarray(0, end)), eof: false };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      context.audit(`guest-file-write failed, handle: ${handle}`);
      throw worded("failed to write to file", error);
    }
  },
});

export const guestFileSeek = command({
  name: "guest-file-seek",
  place: 12,
  since: "0.15.0",
  doc: "Moves to `offset`, counted from where `whence` says; `cur` with 0 tells the position.",
  args: () =>
    v.strictObject({
      handle: int64(),
      offset: int64(),
      whence: intOrOneOf("GuestFileWhence", ["set", "cur", "end"]),
    }),
  returns: () =>
    v.object({
      position: returns.int64("the new position in bytes"),
      eof: returns.bool("whether the end of the file has been met; false after a seek"),
    }),
  privilege: "file-read",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "fseeko(3), ftello(3)",
  audited: ({ handle, offset, whence }, value) => ({
    arguments: { handle, offset, whence },
    result: { position: value?.position },
  }),
  run({ handle, offset, whence }, context) {
    const file = context.files.get(handle);
    const origin = typeof whence === "string" ? whenceByName[whence] : whenceOf(whence);
    return {
      position: wording("failed to seek file", () => file.seek(offset, origin)),
      eof: false,
    };
  },
});

function whenceOf(code: bigint): 0 | 1 | 2 {
  if (code === 0n || code === 1n || code === 2n) return Number(code) as 0 | 1 | 2;
  throw new GuestError(`invalid whence code ${code}`);
}

export const guestFileFlush = command({
  name: "guest-file-flush",
  place: 13,
  since: "0.15.0",
  doc: "Hands what is buffered to the kernel. That is no fsync(2).",
  args: () => v.strictObject({ handle: int64() }),
  returns: null,
  privilege: "file-write",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "fflush(3)",
  audited: ({ handle }) => ({ arguments: { handle } }),
  run({ handle }, context) {
    const file = context.files.get(handle);
    wording("failed to flush file", () => file.flush());
  },
});

/** For the registry. */
export const fileCommands = [
  guestFileOpen,
  guestFileClose,
  guestFileRead,
  guestFileWrite,
  guestFileSeek,
  guestFileFlush,
] as const;
