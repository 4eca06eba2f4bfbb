import { SysError } from "../../native/errno.ts";
import { type Errand, ErrandFailure } from "../linux/errand.ts";
import type { CommandContext } from "./context.ts";
import { GuestError } from "./guest-error.ts";

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
