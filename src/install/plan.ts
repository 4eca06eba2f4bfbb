import type { RootFolder } from "../../native/root-folder.ts";
import { type Found, lookAt } from "./found.ts";
import { hasLines, withLines, withoutLines } from "./lines.ts";
import type { Entry, Manifest } from "./manifest.ts";
import type { FilePiece, LinesPiece, LinkPiece, Piece } from "./piece.ts";
import { isAsInstalled, planRemoval } from "./removal.ts";
import { readShared, writeShared } from "./shared-file.ts";
import { sizeText } from "./size-text.ts";
import type { Step } from "./step.ts";

/** What has to be done so that a root has the pieces. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What is left as it is and why, each in a sentence. */
  readonly notices: readonly string[];
  /** Paths at which something stands that we did not put there. */
  readonly foreign: readonly string[];
  /** What the manifest is to list afterwards. */
  readonly entries: readonly Entry[];
}

/**
 * Compares a root with what it shall hold and with what the last installation left.
 * @param force takes what is changed or foreign for ours
 * @throws InstallError, SysError
 */
export function planPieces(
  root: RootFolder,
  pieces: readonly Piece[],
  before: Manifest | null,
  force: boolean,
): Plan {
  const known = new Map((before?.entries ?? []).map((entry) => [entry.path, entry]));
  const parts = pieces.map((piece) => partOf(root, piece, known.get(piece.path) ?? null, force));
  const paths = new Set(pieces.map(({ path }) => path));
  const outdated = (before?.entries ?? []).filter(({ path }) => !paths.has(path));
  const removal = planRemoval(root, outdated, force);
  return {
    steps: [...removal.steps, ...parts.flatMap(({ steps }) => steps)],
    notices: [...removal.notices, ...parts.flatMap(({ notices }) => notices)],
    foreign: parts.flatMap(({ foreign }) => foreign),
    entries: parts.flatMap(({ entries }) => entries),
  };
}

const nothing: Plan = { steps: [], notices: [], foreign: [], entries: [] };

function partOf(root: RootFolder, piece: Piece, known: Entry | null, force: boolean): Plan {
  if (piece.kind === "lines") return planLines(root, piece, known);
  const found = lookAt(root, piece.path);
  const entry = entryOf(piece);
  const install = (verb: Step["verb"]): Plan => ({
    ...nothing,
    steps: [installStep(piece, verb)],
    entries: [entry],
  });
  const isEnabling = piece.kind === "link" && piece.isEnabling === true;
  if (found.kind === "nothing") {
    if (known === null || !isEnabling || force) return install("create");
    const notice = `keep the service disabled: ${piece.path} was removed (--force enables it)`;
    return { ...nothing, notices: [notice], entries: [known] };
  }
  if (known === null) {
    if (piece.kind === "file" && piece.isConfig === true) return nothing;
    if (isEnabling && isAsInstalled(root, found, entry)) return nothing;
    if (piece.aside !== undefined) {
      return { ...nothing, steps: asideSteps(piece, piece.aside), entries: [entry] };
    }
    if (!force || found.kind === "other") return { ...nothing, foreign: [piece.path] };
    return isAsInstalled(root, found, entry)
      ? { ...nothing, entries: [entry] }
      : install("replace");
  }
  if (isAsInstalled(root, found, entry)) return { ...nothing, entries: [entry] };
  if (isAsInstalled(root, found, known)) return install("replace");
  return planChanged(piece, found, known, force, install);
}

/** Somebody changed what we had put there. */
function planChanged(
  piece: FilePiece | LinkPiece,
  found: Found,
  known: Entry,
  force: boolean,
  install: (verb: Step["verb"]) => Plan,
): Plan {
  if (known.kind === "link" && piece.aside !== undefined) {
    // An upgrade of its package has put it there anew.
    return { ...nothing, steps: asideSteps(piece, piece.aside), entries: [entryOf(piece)] };
  }
  const isConfig = piece.kind === "file" && piece.isConfig === true;
  if (force && !isConfig && found.kind !== "other") return install("replace");
  const hint = isConfig || found.kind === "other" ? "" : " (--force replaces it)";
  return {
    ...nothing,
    notices: [`keep ${piece.path}: it was changed since it was installed${hint}`],
    entries: [known],
  };
}

function entryOf(piece: FilePiece | LinkPiece): Entry {
  const { path } = piece;
  const aside = piece.aside === undefined ? {} : { aside: piece.aside };
  if (piece.kind === "link") return { kind: "link", path, target: piece.target, ...aside };
  return { kind: "file", path, sha256: piece.content.sha256, mode: piece.mode, ...aside };
}

/** What puts a piece at its place. */
export function installStep(piece: FilePiece | LinkPiece, verb: Step["verb"]): Step {
  const { path } = piece;
  if (piece.kind === "link") {
    const { target } = piece;
    return {
      verb,
      path,
      note: `link to ${target}`,
      carryOut: (transaction) => transaction.makeLink(path, target),
    };
  }
  const { content, mode } = piece;
  return {
    verb,
    path,
    note: sizeText(content.bytes),
    carryOut: (transaction) => transaction.writeFile(path, content, { mode }),
  };
}

function asideSteps(piece: FilePiece | LinkPiece, aside: string): Step[] {
  const move: Step = {
    verb: "move",
    path: piece.path,
    note: `to ${aside}`,
    carryOut: (transaction) => transaction.rename(piece.path, aside),
  };
  return [move, installStep(piece, "create")];
}

function planLines(root: RootFolder, piece: LinesPiece, known: Entry | null): Plan {
  const { path, lines } = piece;
  const text = readShared(root, path);
  const before = known?.kind === "lines" ? known : null;
  if (text !== null && hasLines(text, lines)) {
    // Lines that were there before us are not ours to remove.
    return { ...nothing, entries: before === null ? [] : [before] };
  }
  const rest = before === null ? (text ?? "") : withoutLines(text ?? "", before.lines);
  const step: Step = {
    verb: text === null ? "create" : "edit",
    path,
    note: `with "${lines.join('", "')}"`,
    carryOut: (transaction) => writeShared(root, transaction, path, withLines(rest, lines)),
  };
  const madeFile = text === null || (before?.madeFile ?? false);
  return {
    ...nothing,
    steps: [step],
    entries: [{ kind: "lines", path, lines: [...lines], madeFile }],
  };
}
