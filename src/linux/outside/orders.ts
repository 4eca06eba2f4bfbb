import type { FileSystem } from "../mounts.ts";

/**
 * What the agent and a process of its own that does its waiting say to each other: lines of words, the first one saying
 * what the others are. One order, one answer. `src/linux/outside/workbench.ts` says which orders there are.
 */
export type Words = readonly string[];

const lineEnd = "\n";

export function formatWords(words: Words): Uint8Array {
  return Buffer.from(words.map(escaped).join(" ") + lineEnd);
}

function parseWords(line: string): Words {
  return line.split(" ").map(unescaped);
}

/** Anything may be in a path, lone surrogates too (native/path-text.ts). */
function escaped(word: string): string {
  return word.replace(
    /[^!-$&-~]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function unescaped(word: string): string {
  return word.replace(/%([0-9a-f]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Makes lines of what comes in pieces. */
export class LineReader {
  #begun = "";

  /** The lines that end in a piece. */
  take(piece: Uint8Array): Words[] {
    const lines = (this.#begun + Buffer.from(piece).toString("latin1")).split(lineEnd);
    this.#begun = lines.pop() ?? "";
    return lines.map(parseWords);
  }
}

/** A file system in words: it has no more than these. */
export function fileSystemWords(system: FileSystem): Words {
  const { major, minor, type, source, mountPoint, mounts } = system;
  return [
    String(major),
    String(minor),
    type,
    source,
    mountPoint,
    ...mounts.map((mount) => mount.mountPoint),
  ];
}

export function readFileSystem(words: Words): FileSystem {
  const [major, minor, type = "", source = "", mountPoint = "", ...mountPoints] = words;
  const mount = { major: Number(major), minor: Number(minor), type, source, mountPoint };
  return { ...mount, mounts: mountPoints.map((each) => ({ ...mount, mountPoint: each })) };
}
