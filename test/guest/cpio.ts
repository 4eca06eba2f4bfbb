/**
 * Writes the cpio format the kernel unpacks as an initramfs ("newc", magic 070701).
 *
 * @see https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */

const magic = "070701";
const trailerName = "TRAILER!!!";
const alignmentBytes = 4;

const fileTypes = { directory: 0o040000, regular: 0o100000, symlink: 0o120000 } as const;

/** One archive entry. `path` is absolute, as the guest will see it. `mode` holds permission bits only. */
export type CpioEntry =
  | { readonly type: "directory"; readonly path: string; readonly mode: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | {
      readonly type: "regular";
      readonly path: string;
      readonly mode: number;
      readonly data: Uint8Array;
    };

/**
 * Returns the archive as pieces to be written one after another; file data is handed back as it came, not copied.
 * Missing parent folders are added with mode 0755, since the kernel does not make them. Of two entries with the
 * same path the later one wins.
 */
export function cpioArchive(entries: Iterable<CpioEntry>): Uint8Array[] {
  const byPath = new Map<string, CpioEntry>();
  for (const entry of entries) {
    if (!entry.path.startsWith("/") || entry.path.endsWith("/")) {
      throw new RangeError(`Cannot archive "${entry.path}": the path must be absolute`);
    }
    for (const parent of parentsOf(entry.path)) {
      if (!byPath.has(parent)) {
        byPath.set(parent, { type: "directory", path: parent, mode: 0o755 });
      }
    }
    byPath.set(entry.path, entry);
  }
  const pieces: Uint8Array[] = [];
  // A map keeps the order of first insertion: a folder comes before what is in it.
  for (const entry of byPath.values()) pieces.push(...piecesOf(entry, pieces.length + 1));
  pieces.push(header(trailerName, 0, 0, 0));
  return pieces;
}

function piecesOf(entry: CpioEntry, inode: number): Uint8Array[] {
  const name = entry.path.slice(1);
  if (entry.type === "directory") {
    return [header(name, inode, fileTypes.directory | entry.mode, 0)];
  }
  const symlink = entry.type === "symlink";
  const data = symlink ? new TextEncoder().encode(entry.target) : entry.data;
  const mode = symlink ? fileTypes.symlink | 0o777 : fileTypes.regular | entry.mode;
  return [header(name, inode, mode, data.length), data, padding(data.length)];
}

function header(name: string, inode: number, mode: number, dataBytes: number): Uint8Array {
  const nameBytes = new TextEncoder().encode(`${name}\0`);
  const fields = [
    inode,
    mode,
    0, // uid
    0, // gid
    1, // nlink: 1, or the kernel looks for hard links
    0, // mtime
    dataBytes,
    0, // major of the file system
    0, // minor of the file system
    0, // major of a device node
    0, // minor of a device node
    nameBytes.length,
    0, // check sum, unused in this variant
  ];
  const text = magic + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const head = new TextEncoder().encode(text);
  const unpadded = head.length + nameBytes.length;
  const out = new Uint8Array(unpadded + padding(unpadded).length);
  out.set(head);
  out.set(nameBytes, head.length);
  return out;
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array((alignmentBytes - (bytes % alignmentBytes)) % alignmentBytes);
}

function parentsOf(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}
