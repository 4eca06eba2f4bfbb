import { Fd } from "../../native/fd.ts";
import { carryOut, orderNumber } from "../linux/user-program.ts";

/** What shells give for a program that cannot be run; nobody is told, the agent knows why. */
const notRun = 127;

/** Becomes a program of another user. The agent calls it, since it cannot itself. */
export async function userProgram(): Promise<number> {
  using socket = Fd.adopt(orderNumber, "order");
  carryOut(socket);
  return notRun;
}
