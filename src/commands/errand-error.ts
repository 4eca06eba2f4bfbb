import { SysError } from "../../native/errno.ts";
import { type Errand, ErrandFailure } from "../linux/errand.ts";
import type { CommandContext } from "./context.ts";
import { GuestError, worded } from "./guest-error.ts";

/**
 * Has an errand carried out.
 * @param failing what it is told as where nobody could do it, or not in time
 * @throws GuestError `<failing>: <reason>` (as a rejection)
 */
export async function mustAnswer(
  { errand }: CommandContext,
  order: Errand,
  failing: string,
): Promise<unknown> {
  try {
    return await errand(order);
  } catch (error) {
    if (!(error instanceof ErrandFailure || error instanceof SysError)) throw error;
    throw new GuestError(`${failing}: ${error.message}`, { cause: error });
  }
}

/** Why the system refused, as an errand brings it home. */
interface Refused {
  readonly op: string;
  readonly errno: number;
  readonly subject: string;
}

/** @throws GuestError `<failing>: <strerror(3)>` where the errand was carried out in vain */
export function mustHaveWorked<Outcome extends object>(
  outcome: Outcome,
  failing: string,
): asserts outcome is Exclude<Outcome, Refused> {
  if (!("errno" in outcome)) return;
  const { op, errno, subject } = outcome as unknown as Refused;
  throw worded(failing, new SysError(op, errno, subject));
}
