/** What is asked of a running program from outside, while something else goes wrong. */
import { expect, test } from "bun:test";
import { Orders } from "../../src/client/exec/orders.ts";
import { type GuestProgram, LackError } from "../../src/client/exec/program.ts";

const none = async () => {
  throw new LackError("not here");
};

const program: GuestProgram = {
  pid: 1,
  takesInput: false,
  look: none,
  write: none,
  endInput: none,
  signal: none,
  resize: none,
};

test("output that nobody takes is told when the order under way is done", async () => {
  const orders = new Orders();
  const order = Promise.withResolvers<void>();
  orders.give(() => order.promise);
  const work = Promise.reject(new RangeError("nobody reads"));
  const all = orders.carryOutUntil(program, work);
  // Long enough for a rejection that nobody asks for to be noticed.
  await new Promise((resolve) => setTimeout(resolve, 5));
  order.resolve();
  await expect(all).rejects.toThrow("nobody reads");
});
