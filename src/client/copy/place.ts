import { pathOfBytes } from "../../../native/path-bytes.ts";
import { readTarget, type Target, type TargetEnvironment, TargetError } from "../targets/target.ts";

/** Where something is copied from or to. Paths may have bytes that are no UTF-8, as `pathText` of native/ has them. */
export type Place =
  | { readonly kind: "host"; readonly path: string }
  | {
      readonly kind: "guest";
      readonly path: string;
      readonly target: Target;
      /** As it was typed. */
      readonly targetText: string;
    };

/**
 * Reads `TARGET:/PATH` or a path of this machine. Targets have colons themselves, so the last one counts that a slash
 * follows, if what stands before it reads as a target; what begins with `./` or `../` is always a path of this machine.
 * @throws TargetError for an empty text
 */
export function readPlace(text: string, environment: TargetEnvironment): Place {
  if (text === "") throw new TargetError("A path is empty");
  if (/^\.\.?(?:\/|$)/.test(text)) return { kind: "host", path: text };
  for (let colon = text.lastIndexOf(":/"); colon > 0; colon = text.lastIndexOf(":/", colon - 1)) {
    const targetText = text.slice(0, colon);
    const target = targetIn(targetText, environment);
    if (target !== null) {
      return { kind: "guest", target, targetText, path: text.slice(colon + 1) };
    }
    if (colon === 0) break;
  }
  return { kind: "host", path: text };
}

function targetIn(text: string, environment: TargetEnvironment): Target | null {
  // Bytes that are no UTF-8 are in no name of a target.
  if (!text.isWellFormed()) return null;
  try {
    return readTarget(text, environment);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return null;
  }
}

/** For people: bytes that are no UTF-8 become U+FFFD. */
export function shownPath(path: string): string {
  return path.toWellFormed();
}

/** What a guest may give as a name in a folder. */
export function isName(name: string): boolean {
  return (
    name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0")
  );
}

/** The name of an entry as its bytes came. Null for what can be no name. */
export function nameOf(bytes: Uint8Array): string | null {
  const name = pathOfBytes(bytes);
  return isName(name) ? name : null;
}

export function joined(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Without slashes at the end. */
export function trimmed(path: string): string {
  return path.replace(/(?<=.)\/+$/s, "");
}

/** What follows the last slash; empty for "/". */
export function baseName(path: string): string {
  const whole = trimmed(path);
  return whole.slice(whole.lastIndexOf("/") + 1);
}

/** The folder of a path that is absolute. */
export function folderOf(path: string): string {
  const whole = trimmed(path);
  return whole.slice(0, Math.max(1, whole.lastIndexOf("/")));
}
