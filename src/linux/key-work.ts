import { accountOf } from "../../native/accounts.ts";
import { SysError } from "../../native/errno.ts";
import { AuthorizedKeys, KeysFailure, type KeysStep } from "./authorized-keys.ts";

/** What is to be done with the keys of a user. Goes to another process as JSON: lines are one character per byte. */
export interface KeyOrder {
  /** What stands before the user's home. */
  readonly root: string;
  readonly username: string;
  readonly act: "list" | "add" | "replace" | "remove";
  readonly keys: readonly string[];
}

/** What became of it; on success the keys that were asked for, the last one first. */
export type KeyOutcome =
  | { readonly keys: readonly string[] }
  | { readonly failed: "look up" | "act as"; readonly errno: number }
  | { readonly failed: KeysStep; readonly path: string; readonly reason: string };

/** Looks the user up and does it. May take as long as a directory service or a file server takes to answer. */
export function workOnKeys(order: KeyOrder): KeyOutcome {
  const { root, username } = order;
  let step: "look up" | "act as" = "look up";
  try {
    const account = accountOf(username);
    step = "act as";
    return { keys: actOn(new AuthorizedKeys(root, account), order) };
  } catch (error) {
    if (error instanceof KeysFailure) {
      return { failed: error.step, path: error.path, reason: error.message };
    }
    if (error instanceof SysError) return { failed: step, errno: error.errno };
    throw error;
  }
}

function actOn(file: AuthorizedKeys, { act, keys }: KeyOrder): readonly string[] {
  const lines = keys.map((key) => Buffer.from(key, "latin1"));
  switch (act) {
    case "list":
      return file.list().map((line) => Buffer.from(line).toString("latin1"));
    case "add":
    case "replace":
      file.add(lines, act === "replace");
      return [];
    case "remove":
      file.remove(lines);
      return [];
  }
}
