import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type Case, request, type Suite } from "../case.ts";
import { at, close, got, open, opened, read, seek, write, wrote } from "../file-steps.ts";
import { done, refused } from "../words.ts";

const oldFile = (work: string) => {
  writeFileSync(`${work}/old`, "old text");
  chmodSync(`${work}/old`, 0o640);
};

const notForWriting = refused("failed to write to file: Bad file descriptor");
const notForReading = refused("failed to read file: Bad file descriptor");

/** Opens, looks, writes "NEW", reads, closes and looks again: what the mode allows on a file that is there. */
function onOldFile(
  mode: string,
  at: { open: string; write: string; read: string; end: string },
): Case {
  const seen = (text: string) => `old: ${text.length} bytes, mode 640, "${text}"`;
  return {
    name: `mode ${mode} on an existing file`,
    setUp: oldFile,
    steps: [open("old", mode), { look: "old" }, write("NEW"), read(), close(), { look: "old" }],
    replies: [opened, seen(at.open), at.write, at.read, done, seen(at.end)],
  };
}

/** The same on a file that the open creates: the umask does not count. */
function onNewFile(mode: string, readReply: string): Case {
  return {
    name: `mode ${mode} creates a missing file`,
    steps: [open("new", mode), { look: "new" }, write("NEW"), read(), close(), { look: "new" }],
    replies: [
      opened,
      'new: 0 bytes, mode 666, ""',
      wrote(3),
      readReply,
      done,
      'new: 3 bytes, mode 666, "NEW"',
    ],
  };
}

function refusedMode(mode: string): Case {
  return {
    name: `mode '${mode}' is refused and creates nothing`,
    steps: [open("new", mode), { look: "new" }],
    replies: [refused(`invalid file open mode '${mode}'`), "new: absent"],
  };
}

function refusedOpen(
  name: string,
  path: string,
  mode: string | undefined,
  errno: string,
  setUp?: (work: string) => void,
): Case {
  const shown = mode ?? "r";
  return {
    name,
    ...(setUp && { setUp }),
    steps: [{ ask: request("guest-file-open", JSON.stringify({ path, mode })) }],
    replies: [refused(`failed to open file '${path}' (mode: '${shown}'): ${errno}`)],
  };
}

/** As guestwire is started without a word about modes. */
export const newFileMode: Suite = {
  topic: "guest-file-open with the default mode",
  cases: [
    {
      name: "a new file",
      steps: [open("new", "w"), { look: "new" }, close()],
      replies: [opened, 'new: 0 bytes, mode 666, ""', done],
      difference: "new-file-mode",
      ours: [opened, 'new: 0 bytes, mode 600, ""', done],
    },
    {
      name: "an existing file",
      setUp: oldFile,
      steps: [open("old", "w"), { look: "old" }, close()],
      replies: [opened, 'old: 0 bytes, mode 640, ""', done],
    },
  ],
};

export const fileOpen: Suite = {
  topic: "guest-file-open",
  setup: { ownFlags: ["--file-mode=0666"] },
  cases: [
    ...["r", "rb"].map((mode) =>
      onOldFile(mode, {
        open: "old text",
        write: notForWriting,
        read: got("old text", true),
        end: "old text",
      }),
    ),
    ...["w", "wb"].map((mode) =>
      onOldFile(mode, { open: "", write: wrote(3), read: notForReading, end: "NEW" }),
    ),
    ...["a", "ab"].map((mode) =>
      onOldFile(mode, {
        open: "old text",
        write: wrote(3),
        read: notForReading,
        end: "old textNEW",
      }),
    ),
    ...["r+", "rb+", "r+b"].map((mode) =>
      onOldFile(mode, {
        open: "old text",
        write: wrote(3),
        read: got(" text", true),
        end: "NEW text",
      }),
    ),
    ...["w+", "wb+", "w+b"].map((mode) =>
      onOldFile(mode, { open: "", write: wrote(3), read: got("", true), end: "NEW" }),
    ),
    ...["a+", "ab+", "a+b"].map((mode) =>
      onOldFile(mode, {
        open: "old text",
        write: wrote(3),
        read: got("", true),
        end: "old textNEW",
      }),
    ),
    ...["w", "wb", "a", "ab"].map((mode) => onNewFile(mode, notForReading)),
    ...["w+", "wb+", "w+b", "a+", "ab+", "a+b"].map((mode) => onNewFile(mode, got("", true))),
    ...["r", "rb", "r+", "rb+", "r+b"].map((mode) =>
      refusedOpen(`mode ${mode} creates no file`, "new", mode, "No such file or directory"),
    ),
    ...[
      "",
      "rw",
      "x",
      "re",
      "wx",
      "R",
      "rt",
      "r ",
      " r",
      "r++",
      "rbb",
      "+r",
      "br",
      "b",
      "+",
      "w+x",
      "r,ccs=UTF-8",
      "r\n",
      "é",
      "a".repeat(3000),
    ].map(refusedMode),
    refusedOpen("a missing file", "/nonexistent/x", undefined, "No such file or directory"),
    refusedOpen(
      "a missing file by a relative path",
      "missing",
      undefined,
      "No such file or directory",
    ),
    refusedOpen("a missing file with r+", "missing", "r+", "No such file or directory"),
    refusedOpen(
      "a missing file with rb+ tells the mode as given",
      "missing",
      "rb+",
      "No such file or directory",
    ),
    refusedOpen("a file in a missing folder with w", "missing/x", "w", "No such file or directory"),
    refusedOpen("an empty path", "", undefined, "No such file or directory"),
    refusedOpen("an empty path with w", "", "w", "No such file or directory"),
    refusedOpen("a path through a file", "old/x", undefined, "Not a directory", oldFile),
    refusedOpen("a path through a file with w", "old/x", "w", "Not a directory", oldFile),
    refusedOpen("a path of 5000 characters", "x".repeat(5000), undefined, "File name too long"),
    refusedOpen("a name of 256 characters with w", "x".repeat(256), "w", "File name too long"),
    refusedOpen("a folder with w", "folder", "w", "Is a directory", (work) =>
      mkdirSync(`${work}/folder`),
    ),
    refusedOpen("a folder with r+", "folder", "r+", "Is a directory", (work) =>
      mkdirSync(`${work}/folder`),
    ),
    refusedOpen("a folder with a", "folder", "a", "Is a directory", (work) =>
      mkdirSync(`${work}/folder`),
    ),
    refusedOpen("a new name that ends in a slash with w", "new/", "w", "Is a directory"),
    refusedOpen("a file with a slash at its end", "old/", "r", "Not a directory", oldFile),
    refusedOpen(
      "a link to itself",
      "loop",
      undefined,
      "Too many levels of symbolic links",
      (work) => symlinkSync("loop", `${work}/loop`),
    ),
    refusedOpen(
      "a link to itself with w",
      "loop",
      "w",
      "Too many levels of symbolic links",
      (work) => symlinkSync("loop", `${work}/loop`),
    ),
    refusedOpen(
      "a dangling link with r",
      "dangling",
      undefined,
      "No such file or directory",
      (work) => symlinkSync("nowhere", `${work}/dangling`),
    ),
    refusedOpen("a dangling link with w", "dangling", "w", "No such file or directory", (work) =>
      symlinkSync("nowhere", `${work}/dangling`),
    ),
    refusedOpen("a dangling link with a+", "dangling", "a+", "No such file or directory", (work) =>
      symlinkSync("nowhere", `${work}/dangling`),
    ),
    refusedOpen("a file under /proc with w", "/proc/nothing", "w", "No such file or directory"),
    {
      name: "a link to a file is followed",
      setUp: (work) => {
        oldFile(work);
        symlinkSync("old", `${work}/link`);
      },
      steps: [open("link"), read(), close()],
      replies: [opened, got("old text", true), done],
    },
    {
      name: "a link to a file with w empties the file",
      setUp: (work) => {
        oldFile(work);
        symlinkSync("old", `${work}/link`);
      },
      steps: [open("link", "w"), { look: "old" }, close()],
      replies: [opened, 'old: 0 bytes, mode 640, ""', done],
    },
    {
      name: "a missing mode is r",
      setUp: oldFile,
      steps: [
        { ask: request("guest-file-open", '{"path":"old"}'), keep: "h" },
        read(),
        write("x"),
        close(),
      ],
      replies: [
        opened,
        got("old text", true),
        refused("failed to write to file: Bad file descriptor"),
        done,
      ],
    },
    {
      name: "a folder can be opened for reading and its read fails",
      setUp: (work) => mkdirSync(`${work}/folder`),
      steps: [open("folder"), read(), read(), close()],
      replies: [
        opened,
        refused("failed to read file: Is a directory"),
        refused("failed to read file: Is a directory"),
        done,
      ],
    },
    {
      name: "a folder's handle can seek",
      setUp: (work) => mkdirSync(`${work}/folder`),
      steps: [open("folder"), seek(0, "0"), close()],
      replies: [opened, at(0), done],
    },
    {
      name: "handles count up by one and are not used again",
      setUp: oldFile,
      steps: [
        open("old"),
        close(),
        open("old", "r", "second"),
        read(),
        close("<second>"),
        close("<second>"),
      ],
      replies: [
        opened,
        done,
        '{"return": <second>}',
        refused("handle '<h>' has not been found"),
        done,
        refused("handle '<second>' has not been found"),
      ],
    },
    {
      name: "one file opened twice has two handles with positions of their own",
      setUp: oldFile,
      steps: [
        open("old"),
        open("old", "r", "second"),
        read(3),
        read(3, "<second>"),
        close(),
        close("<second>"),
      ],
      replies: [opened, '{"return": <second>}', got("old", false), got("old", false), done, done],
    },
    {
      name: "a file whose name is not ASCII",
      setUp: (work) => writeFileSync(`${work}/grün 😀`, "x"),
      steps: [open("grün 😀"), read(), close()],
      replies: [opened, got("x", true), done],
    },
    {
      name: "a file whose name is given with escapes",
      setUp: (work) => writeFileSync(`${work}/é`, "x"),
      steps: [
        { ask: '{"execute":"guest-file-open","arguments":{"path":"\\u00e9"}}', keep: "h" },
        read(),
        close(),
      ],
      replies: [opened, got("x", true), done],
    },
    {
      name: "the id of an open stands behind the handle",
      setUp: oldFile,
      steps: [
        open("old"),
        { ask: '{"execute":"guest-file-close","arguments":{"handle":<h>},"id":"x"}' },
        { ask: '{"execute":"guest-file-close","arguments":{"handle":<h>},"id":"y"}' },
      ],
      replies: [
        opened,
        '{"return": {}, "id": "x"}',
        refused("handle '<h>' has not been found", '"y"'),
      ],
    },
    {
      name: "a file that is removed while open can still be read",
      setUp: oldFile,
      steps: [
        open("old"),
        {
          act: async ({ work }) => {
            await Bun.file(`${work}/old`).delete();
            return undefined;
          },
        },
        read(),
        close(),
      ],
      replies: [opened, got("old text", true), done],
    },
  ],
};
