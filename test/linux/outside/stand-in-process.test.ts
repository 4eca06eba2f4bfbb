import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SysError } from "../../../native/errno.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { Deadline } from "../../../src/linux/outside/deadline.ts";
import { fileSystemWords } from "../../../src/linux/outside/orders.ts";
import { StandInProcess } from "../../../src/linux/outside/stand-in-process.ts";
import { Gone, Overdue } from "../../../src/linux/outside/trouble.ts";
import { Scratch } from "../../agent/scratch.ts";
import { settled } from "../../native/settled.ts";
import { FakeStandIn } from "./fake-stand-in.ts";

const main = join(import.meta.dirname, "../../../src/cli/main.ts");
/** This repository's program, as the agent calls itself when it is compiled. */
const guestwire = [process.execPath, main];
const soon = () => new Deadline(0.1);
const long = () => new Deadline(8);

const reaped = (reactor: Reactor, standIn: StandInProcess) =>
  reactor.promise<void>((resolve) => standIn.whenReaped(() => resolve()));

describe("a stand-in", () => {
  const mount = { major: 240, minor: 1, mountPoint: "/", type: "ext4", source: "/dev/x" };
  const elsewhere = fileSystemWords({ ...mount, mounts: [mount] });

  test("answers one order after the other, and ends when it is dismissed", async () => {
    await settled(async (reactor) => {
      const standIn = await StandInProcess.start(reactor, { program: guestwire, root: "" }, long());
      const [stay] = await standIn.ask(["stay"], long());
      expect(stay).toBeOneOf(["staying", "swappable"]);
      // What is mounted at "/" is not on the device that is asked for.
      expect(await standIn.ask(["open", ...elsewhere], long())).toEqual(["covered"]);
      expect(await standIn.ask(["thaw", ...elsewhere], long())).toEqual(["nothing"]);
      expect(await standIn.ask(["trim", "0", ...elsewhere], long())).toEqual(["covered"]);
      expect(await standIn.ask(["dance"], long())).toEqual(["unknown"]);
      const missing = { ...mount, mountPoint: "/nonexistent" };
      const words = fileSystemWords({ ...missing, mounts: [missing] });
      const failure = await standIn.ask(["open", ...words], long()).catch((error) => error);
      expect(failure).toBeInstanceOf(SysError);
      expect([failure.op, failure.code]).toEqual(["open", "ENOENT"]);
      await standIn.dismiss(long());
      await reaped(reactor, standIn);
    });
  });

  test("ends when the agent does", async () => {
    const script = `
      const { Reactor } = require("${join(import.meta.dirname, "../../../native/reactor.ts")}");
      const { StandInProcess } = require("${join(import.meta.dirname, "../../../src/linux/outside/stand-in-process.ts")}");
      const { Deadline } = require("${join(import.meta.dirname, "../../../src/linux/outside/deadline.ts")}");
      const reactor = new Reactor({ onError: (error) => { throw error; } });
      void StandInProcess.start(reactor, { program: ${JSON.stringify(guestwire)}, root: "" }, new Deadline(8))
        .then(() => reactor.stop());
      await reactor.run();
      console.log(require("node:fs").readFileSync("/proc/thread-self/children", "utf8"));
      process.kill(process.pid, "SIGKILL");`;
    const agent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    const pid = (await new Response(agent.stdout).text()).trim();
    expect(pid).toMatch(/^\d+$/);
    while (
      await Bun.file(`/proc/${pid}/cmdline`)
        .text()
        .then(
          (text) => text.includes("outside"),
          () => false,
        )
    ) {
      await Bun.sleep(1);
    }
  });

  test("that does not answer in time is left alone, and told what to do when it can", async () => {
    using scratch = new Scratch();
    const gate = scratch.file("gate");
    Bun.spawnSync(["mkfifo", gate]);
    const fake = new FakeStandIn(scratch, { freeze: `read -r x <${gate}; echo frozen` });
    await settled(async (reactor) => {
      const standIn = await StandInProcess.start(
        reactor,
        { program: fake.program, root: "" },
        long(),
      );
      expect(standIn.isFree).toBe(true);
      const question = standIn.ask(["freeze"], soon());
      expect(standIn.isFree).toBe(false);
      await expect(question).rejects.toThrow(new Overdue(0.1));
      expect(standIn.isFree).toBe(false);
      await expect(standIn.ask(["more"], long())).rejects.toBeInstanceOf(Gone);
      await standIn.dismiss(long(), ["undo", "x"]);
      Bun.spawn(["sh", "-c", `echo >${gate}`]);
      await reaped(reactor, standIn);
    });
    expect(fake.orders).toEqual(["freeze", "undo x", "done"]);
  });

  test("that is killed leaves nobody waiting", async () => {
    using scratch = new Scratch();
    const fake = new FakeStandIn(scratch, { freeze: "kill -KILL $$" });
    await settled(async (reactor) => {
      const standIn = await StandInProcess.start(
        reactor,
        { program: fake.program, root: "" },
        long(),
      );
      await expect(standIn.ask(["freeze"], long())).rejects.toBeInstanceOf(Gone);
      await expect(standIn.ask(["more"], long())).rejects.toThrow("ended by signal 9");
      await standIn.dismiss(long());
    });
  });

  test("is none when it cannot be started, does not begin, or ends at once", async () => {
    using scratch = new Scratch();
    const start = (program: readonly string[], deadline: Deadline) =>
      settled((reactor) => StandInProcess.start(reactor, { program, root: "" }, deadline));
    await expect(start(["/nonexistent"], long())).rejects.toBeInstanceOf(SysError);
    await expect(start(["/bin/true"], long())).rejects.toBeInstanceOf(Gone);
    const silent = new FakeStandIn(scratch, {}, "exec sleep 1000 </dev/null");
    await expect(start(silent.program, soon())).rejects.toBeInstanceOf(Overdue);
  });
});
