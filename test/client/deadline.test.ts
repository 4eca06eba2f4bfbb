/** Deadlines of what a busy process waits for. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import { Alarm, underDeadline } from "../../src/client/deadline.ts";
import { ScriptedAgent, silence } from "./scripted-agent.ts";

test("what has come before it is looked at is not late", async () => {
  const agent = await ScriptedAgent.start(() => silence);
  await using _ = agent;
  agent.greet = (socket) => socket.write("x");
  const socket = connect(agent.socket);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const outcome = await new Promise((resolve) => {
    const alarm = new Alarm(20, () => resolve("late"));
    socket.once("data", () => {
      alarm[Symbol.dispose]();
      resolve("in time");
    });
    // Nothing is looked at for longer than that.
    Bun.sleepSync(60);
  });
  socket.destroy();
  expect(outcome).toBe("in time");
});

test("what takes too long is broken off, and so is what is not wanted any more", async () => {
  const endless = (deadline: AbortSignal) =>
    new Promise((_, reject) => deadline.addEventListener("abort", () => reject(new Error("late"))));
  await expect(underDeadline(5, undefined, endless)).rejects.toThrow("late");
  const unwanted = new AbortController();
  const broken = underDeadline(60_000, unwanted.signal, endless);
  unwanted.abort(new RangeError("unwanted"));
  await expect(broken).rejects.toThrow("unwanted");
});
