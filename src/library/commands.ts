import type { ArgumentsOf, CommandName, ReturnOf } from "../commands/registry.ts";

/**
 * Every command with what it takes and what it returns. 64-bit integers may be given as numbers or bigints and come as
 * bigints; base64 may be given as bytes and comes as text.
 */
export type Commands = {
  [Name in CommandName]: { arguments: ArgumentsOf<Name>; returns: ReturnOf<Name> };
};
