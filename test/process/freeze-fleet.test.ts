/** `guestwire freeze` of many guests: frozen all or none, the command once, and all thawed whatever happens. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { Refusal, ScriptedAgent } from "../client/scripted-agent.ts";
import { needsAgent, noAgent } from "./agent.ts";
import { FreezableGuest } from "./freezable-guest.ts";
import { startPiped } from "./piped.ts";
import { until } from "./proc.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const count = 5;

class Setting implements AsyncDisposable {
  readonly guests: readonly FreezableGuest[];
  readonly agents: readonly ScriptedAgent[];

  private constructor(guests: readonly FreezableGuest[], agents: readonly ScriptedAgent[]) {
    this.guests = guests;
    this.agents = agents;
  }

  static async set(): Promise<Setting> {
    const guests = Array.from({ length: count }, () => new FreezableGuest());
    const agents = guests.map((guest) => ScriptedAgent.start((request) => guest.answer(request)));
    return new Setting(guests, await Promise.all(agents));
  }

  start(args: readonly string[], argv: readonly string[]) {
    const targets = this.agents.map(({ socket }) => socket).join();
    return startPiped(["freeze", "--targets", targets, ...args, "--", ...argv]);
  }

  get frozen(): number {
    return this.guests.filter(({ frozen }) => frozen).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.agents) await agent[Symbol.asyncDispose]();
  }
}

const frozenFor = /^guestwire freeze: 5 targets were frozen for \d+\.\d{3} s at most\n$/;

describe.skipIf(noAgent)(`freeze of many${needsAgent}`, () => {
  test("runs the command once, while all are frozen", async () => {
    await using host = await Setting.set();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start(
      ["--parallel", "2"],
      ["sh", "-c", `echo ran; : >${mark}; read -r _; exit 3`],
    );
    await until("it runs", () => existsSync(mark));
    expect(host.frozen).toBe(count);
    await piped.process.stdin.end();
    const { code, stdout, stderr } = await piped.ended();
    expect({ code, stdout, frozen: host.frozen }).toEqual({ code: 3, stdout: "ran\n", frozen: 0 });
    expect(stderr).toMatch(frozenFor);
  });

  test("where one refuses none is left frozen, and the command is not run", async () => {
    await using host = await Setting.set();
    const [, , third] = host.guests;
    if (third === undefined) throw new Error("There is no third");
    third.instead = ({ execute }) => {
      if (execute === "guest-fsfreeze-freeze") throw new Refusal("no disk");
      return undefined;
    };
    const { code, stdout, stderr } = await host.start(["--parallel", "1"], ["echo", "ran"]).ended();
    expect({ code, stdout, frozen: host.frozen }).toEqual({ code: 1, stdout: "", frozen: 0 });
    expect(stderr).toContain(`${host.agents[2]?.socket}: refused: no disk\n`);
    expect(host.guests[3]?.asked).toEqual([]);
    for (const guest of host.guests.slice(0, 2)) expect(guest.asked).toContain("thaw");
  });

  test("what somebody else froze stays so", async () => {
    await using host = await Setting.set();
    const [first] = host.guests;
    if (first !== undefined) first.frozen = true;
    const { code, stdout, stderr } = await host.start([], ["echo", "ran"]).ended();
    expect({ code, stdout, frozen: host.frozen }).toEqual({ code: 1, stdout: "", frozen: 1 });
    expect(stderr).toContain("frozen by somebody else\n");
  });

  test("one that is thawed by somebody else spoils it", async () => {
    await using host = await Setting.set();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; read -r _; exit 0`]);
    await until("it runs", () => existsSync(mark));
    for (const guest of host.guests.slice(1, 2)) guest.frozen = false;
    await piped.process.stdin.end();
    const { code, stderr } = await piped.ended();
    expect(code).toBe(1);
    expect(stderr).toContain(`${host.agents[1]?.socket}: thawed by somebody else`);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s thaws all", async (signal) => {
    await using host = await Setting.set();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; exec sleep 1000`]);
    await until("it runs", () => existsSync(mark));
    piped.process.kill(signal);
    const { code } = await piped.ended();
    expect({ code, frozen: host.frozen }).toEqual({
      code: signal === "SIGINT" ? 130 : 143,
      frozen: 0,
    });
  });
});
