/** `guestwire cp` as a process, against our own agent. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, agentPath, needsAgent, noAgent, type Outcome, Program, run } from "./agent.ts";
import { bytePath, makeOddTree, treeOf } from "./file-tree.ts";
import { peakKiB } from "./proc.ts";
import { Relay } from "./relay.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(120_000);

const exit = { done: 0, refused: 1, usage: 125, interrupted: 130, transport: 255 };
const mebibyte = 1024 * 1024;
/** Of util-linux: a terminal for a program. */
const noScript = spawnSync("script", ["--version"]).status !== 0;
/** Base64 has four characters for three bytes. */
const encoded = 4 / 3;

function cp(...args: readonly string[]): Promise<Outcome> {
  return run(["cp", ...args], { argv0: "guestwire" }, 60_000);
}

const nothingSaid: Outcome = { code: exit.done, signal: null, stdout: "", stderr: "" };

/** For what is nothing to test of one of the agents. */
const testIf = (applies: boolean) =>
  applies ? test : (_title: string, _work: () => Promise<void>) => {};

/** Two folders, one of which is the guest's, and which way it goes. */
const ways = [guestwire, qemuGa].flatMap((binary) =>
  [
    { title: `to ${binary.name}`, from: "", to: "guest" } as const,
    { title: `from ${binary.name}`, from: "guest", to: "" } as const,
  ].map((way) => ({ ...way, binary, isOurs: binary === guestwire })),
);
type Way = (typeof ways)[number];

/** What is told of an agent without our commands. */
const toldOf = ({ isOurs }: Way) =>
  isOurs
    ? ""
    : "guestwire cp: this agent has no commands to copy files with: programs of the guest's stand in, which takes longer, and holes of its files are sent as zeros\n";

class Scene implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly source = this.scratch.file("source");
  readonly destination = this.scratch.file("destination");
  readonly agent: Agent;
  readonly relay: Relay;
  readonly #way: Way;

  private constructor(way: Way, agent: Agent, relay: Relay) {
    this.#way = way;
    this.agent = agent;
    this.relay = relay;
    mkdirSync(this.source);
    mkdirSync(this.destination);
  }

  static async start(way: Way): Promise<Scene> {
    const agent = await Agent.start([], { path: way.binary.path });
    return new Scene(way, agent, await Relay.start(agent.socket));
  }

  from(name: string): string {
    return this.#of(this.#way.from, `${this.source}/${name}`);
  }

  to(name = ""): string {
    return this.#of(this.#way.to, `${this.destination}/${name}`);
  }

  #of(where: "guest" | "", path: string): string {
    return where === "guest" ? `${this.relay.socket}:${path}` : path;
  }

  /** A file of the source's. */
  make(name: string, content: Uint8Array | string): string {
    const path = `${this.source}/${name}`;
    writeFileSync(path, content);
    return path;
  }

  /** qemu-ga may end when a client leaves it in the middle of a reply. */
  async revive(): Promise<void> {
    if (!this.#way.isOurs) await this.restartAgent();
  }

  async restartAgent(): Promise<void> {
    await this.agent.end("SIGKILL");
    await this.agent.launch();
  }

  parts(): string[] {
    return readdirSync(this.destination).filter((name) => name.startsWith(".guestwire-"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.agent[Symbol.asyncDispose]();
    this.scratch[Symbol.dispose]();
  }
}

function sum(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

for (const way of ways) {
  const lack = lackOf(...new Set([guestwire, way.binary]));
  describe.skipIf(lack !== "")(`cp ${way.title}${lack}`, () => {
    const told = toldOf(way);
    const silent: Outcome = { ...nothingSaid, stderr: told };

    test.each([0, 1, 100_000, 3 * mebibyte + 1])("a file of %d bytes", async (bytes) => {
      await using scene = await Scene.start(way);
      const path = scene.make("a", randomBytes(bytes));
      chmodSync(path, 0o640);
      utimesSync(path, 1, 1234567890.123);
      expect(await cp(scene.from("a"), scene.to("b"))).toEqual(silent);
      expect(sum(`${scene.destination}/b`)).toBe(sum(path));
      const [before, after] = [path, `${scene.destination}/b`].map((each) => statSync(each));
      expect(after?.mode).toBe(before?.mode);
      expect(after?.mtimeMs).toBe(before?.mtimeMs as number);
      expect(scene.parts()).toEqual([]);
    });

    test("into a folder, under the source's name, in the place of what has it", async () => {
      await using scene = await Scene.start(way);
      scene.make("a", "new");
      scene.make("b", "other");
      writeFileSync(`${scene.destination}/a`, "old and longer");
      symlinkSync("b", `${scene.destination}/b`);
      expect(await cp(scene.from("a"), scene.from("b"), scene.to())).toEqual(silent);
      expect(readFileSync(`${scene.destination}/a`, "utf8")).toBe("new");
      expect(lstatSync(`${scene.destination}/b`).isFile()).toBe(true);
    });

    test("a folder with names of all kinds", async () => {
      await using scene = await Scene.start(way);
      makeOddTree(scene.source);
      expect(await cp("-r", scene.from(""), scene.to())).toEqual(silent);
      const copied = `${scene.destination}/source`;
      expect(treeOf(copied)).toEqual(treeOf(scene.source));
      // Once more, over what is there.
      expect(await cp("-r", scene.from("."), scene.to("source"))).toEqual(silent);
      expect(treeOf(copied)).toEqual(treeOf(scene.source));
    });

    test("a name that is no UTF-8 is taken from the command line", async () => {
      await using scene = await Scene.start(way);
      writeFileSync(bytePath(`${scene.source}/\xff\xe4`), "x");
      // A shell has bytes where the runtime has text.
      const done = await run(
        ["-c", `"$0" cp "$(printf "$1")" "$2"`, agentPath, scene.from("\\377\\344"), scene.to()],
        { path: "/bin/sh" },
      );
      if (!way.isOurs && way.from === "guest") {
        expect(done.code).toBe(exit.refused);
        expect(done.stderr).toContain("no UTF-8, which this agent cannot be told");
        return;
      }
      expect(done).toEqual(silent);
      expect(readFileSync(bytePath(`${scene.destination}/\xff\xe4`), "utf8")).toBe("x");
    });

    test("what is no file is left out with a word, and hard links become files", async () => {
      await using scene = await Scene.start(way);
      scene.make("a", "x");
      linkSync(`${scene.source}/a`, `${scene.source}/b`);
      spawnSync("mkfifo", [`${scene.source}/pipe`]);
      const { code, stderr } = await cp("-r", scene.from(""), scene.to());
      expect(code).toBe(exit.done);
      expect(stderr).toBe(
        `${told}guestwire cp: "${scene.source}/pipe" is left out: it is a fifo\n`,
      );
      expect(readdirSync(`${scene.destination}/source`).sort()).toEqual(["a", "b"]);
      expect(statSync(`${scene.destination}/source/a`).nlink).toBe(1);
      const quiet = await cp("-r", "--quiet", scene.from(""), scene.to());
      expect(quiet).toEqual(nothingSaid);
    });

    testIf(way.isOurs || way.to === "guest")("holes stay holes, and are not sent", async () => {
      await using scene = await Scene.start(way);
      const path = scene.make("a", "");
      const file = openSync(path, "r+");
      ftruncateSync(file, 10 * 1024 * mebibyte);
      writeSync(file, randomBytes(mebibyte), 0, mebibyte, 7 * 1024 * mebibyte + 4096);
      writeSync(file, "begin", 0);
      closeSync(file);
      expect(await cp(scene.from("a"), scene.to())).toEqual(silent);
      const copy = statSync(`${scene.destination}/a`);
      expect(copy.size).toBe(10 * 1024 * mebibyte);
      expect(copy.blocks).toBeLessThanOrEqual(statSync(path).blocks + 64);
      expect(scene.relay.sent + scene.relay.received).toBeLessThan(2 * mebibyte);
      const piece = (of: string) => {
        const read = spawnSync("dd", [`if=${of}`, "bs=1M", "skip=7167", "count=3", "status=none"], {
          maxBuffer: 8 * mebibyte,
        });
        return createHash("sha256").update(read.stdout).digest("hex");
      };
      expect(piece(`${scene.destination}/a`)).toBe(piece(path));
    });

    // qemu-ga may end when it is left in the middle of a reply.
    testIf(way.isOurs)(
      "a line that is lost in the middle is found again, and only the rest is sent",
      async () => {
        await using scene = await Scene.start(way);
        const bytes = 64 * mebibyte;
        const path = scene.make("a", randomBytes(bytes));
        scene.relay.when(bytes, () => scene.relay.cut());
        const { code, stderr } = await cp(scene.from("a"), scene.to());
        expect({ code, stderr }).toEqual({
          code: exit.done,
          stderr: `${told}guestwire cp: The agent's side hung up; trying again\n`,
        });
        expect(sum(`${scene.destination}/a`)).toBe(sum(path));
        expect(scene.parts()).toEqual([]);
        expect(scene.relay.sent + scene.relay.received).toBeLessThan(bytes * encoded * 1.3);
      },
    );

    test("an agent that is killed and started again goes on", async () => {
      await using scene = await Scene.start(way);
      const bytes = 64 * mebibyte;
      const path = scene.make("a", randomBytes(bytes));
      let restarted: Promise<unknown> = Promise.resolve();
      scene.relay.when(bytes, () => {
        restarted = scene.agent.end("SIGKILL").then(() => scene.agent.launch());
      });
      const { code } = await cp(scene.from("a"), scene.to());
      await restarted;
      expect(code).toBe(exit.done);
      expect(sum(`${scene.destination}/a`)).toBe(sum(path));
      expect(scene.parts()).toEqual([]);
    });

    // qemu-ga may end when it is left in the middle of a reply.
    testIf(way.isOurs)("small files are gone on with as well", async () => {
      await using scene = await Scene.start(way);
      for (let index = 0; index < 400; index++) scene.make(`${index}`, randomBytes(20_000));
      scene.relay.when(5 * mebibyte, () => scene.relay.cut());
      const { code, stderr } = await cp("-r", scene.from(""), scene.to());
      expect({ code, stderr }).toEqual({
        code: exit.done,
        stderr: `${told}guestwire cp: The agent's side hung up; trying again\n`,
      });
      expect(treeOf(`${scene.destination}/source`)).toEqual(treeOf(scene.source));
    });

    test("an agent that stays away is given up", async () => {
      await using scene = await Scene.start(way);
      scene.make("a", randomBytes(16 * mebibyte));
      scene.relay.when(8 * mebibyte, () => void scene.agent.end("SIGKILL"));
      const { code, stderr } = await cp("--retry", "0.5", scene.from("a"), scene.to());
      expect(code).toBe(exit.transport);
      expect(stderr).toContain("; the same command goes on with it\n");
      expect(scene.parts()).toHaveLength(1);
    });

    test("a client that is killed: the next one goes on with what there is", async () => {
      await using scene = await Scene.start(way);
      const bytes = 64 * mebibyte;
      const path = scene.make("a", randomBytes(bytes));
      const words = [scene.from("a"), scene.to()];
      await using killed = new Program(["cp", ...words], { argv0: "guestwire" });
      scene.relay.when(bytes, () => killed.kill("SIGKILL"));
      expect(await killed.ended()).toMatchObject({ signal: "SIGKILL" });
      const [part] = scene.parts();
      expect(statSync(`${scene.destination}/${part}`).mode & 0o777).toBe(0o600);
      scene.relay.sent = 0;
      scene.relay.received = 0;
      await scene.revive();
      expect(await cp(...words)).toEqual(silent);
      expect(sum(`${scene.destination}/a`)).toBe(sum(path));
      expect(scene.relay.sent + scene.relay.received).toBeLessThan(bytes * encoded * 0.5);
      expect(scene.parts()).toEqual([]);
    });

    test("a part that is not what the source has is done anew", async () => {
      await using scene = await Scene.start(way);
      const bytes = 16 * mebibyte;
      const path = scene.make("a", randomBytes(bytes));
      const words = [scene.from("a"), scene.to()];
      await using killed = new Program(["cp", ...words], { argv0: "guestwire" });
      scene.relay.when(bytes / 2, () => killed.kill("SIGKILL"));
      await killed.ended();
      const part = openSync(`${scene.destination}/${scene.parts()[0]}`, "r+");
      writeSync(part, "not this", 1000);
      ftruncateSync(part, bytes + 1000);
      closeSync(part);
      await scene.revive();
      expect(await cp(...words)).toEqual(silent);
      expect(sum(`${scene.destination}/a`)).toBe(sum(path));
    });

    testIf(way.to === "guest" && process.getuid?.() === 0)(
      "a part that somebody else has made is not written to",
      async () => {
        await using scene = await Scene.start(way);
        const path = scene.make("a", randomBytes(16 * mebibyte));
        const words = [scene.from("a"), scene.to()];
        await using killed = new Program(["cp", ...words], { argv0: "guestwire" });
        scene.relay.when(8 * mebibyte, () => killed.kill("SIGKILL"));
        await killed.ended();
        // What was sent before the client was killed is written all the same.
        await scene.restartAgent();
        const part = `${scene.destination}/${scene.parts()[0]}`;
        linkSync(part, scene.scratch.file("kept"));
        chownSync(part, 12_345, 12_345);
        const { ino, size } = statSync(part);
        expect(await cp(...words)).toEqual(silent);
        expect(sum(`${scene.destination}/a`)).toBe(sum(path));
        expect(statSync(`${scene.destination}/a`).ino).not.toBe(ino);
        expect(statSync(scene.scratch.file("kept")).size).toBe(size);
      },
    );

    test("Ctrl-C leaves the part, and says so", async () => {
      await using scene = await Scene.start(way);
      const bytes = 64 * mebibyte;
      scene.make("a", randomBytes(bytes));
      await using program = new Program(["cp", scene.from("a"), scene.to()], {
        argv0: "guestwire",
      });
      scene.relay.when(bytes / 2, () => program.kill("SIGINT"));
      expect(await program.ended()).toMatchObject({ code: exit.interrupted });
      const [part] = scene.parts();
      expect(program.stderr).toBe(
        `${told}guestwire cp: broken off by SIGINT\nguestwire cp: what there is stays as "${scene.destination}/${part}"; the same command goes on with it\n`,
      );
      expect(existsSync(`${scene.destination}/a`)).toBe(false);
    });

    test("a source that is changed meanwhile is told, and nothing is left of it", async () => {
      await using scene = await Scene.start(way);
      const bytes = 32 * mebibyte;
      const path = scene.make("a", randomBytes(bytes));
      scene.relay.when(bytes / 2, () => appendFileSync(path, "more"));
      const { code, stderr } = await cp(scene.from("a"), scene.to());
      expect({ code, stderr }).toEqual({
        code: exit.refused,
        stderr: `${told}guestwire cp: "${path}" was changed while it was copied\n`,
      });
      expect(readdirSync(scene.destination)).toEqual([]);
    });

    test("a source that becomes shorter as well", async () => {
      await using scene = await Scene.start(way);
      const bytes = 32 * mebibyte;
      const path = scene.make("a", randomBytes(bytes));
      scene.relay.when(bytes / 2, () => truncateSync(path, 1000));
      const { code, stderr } = await cp(scene.from("a"), scene.to());
      expect(code).toBe(exit.refused);
      expect(stderr).toContain("was changed while it was copied");
      expect(readdirSync(scene.destination)).toEqual([]);
    });

    test("a folder needs -r, no folder is replaced by a file, and no file by a folder", async () => {
      await using scene = await Scene.start(way);
      mkdirSync(`${scene.source}/d`);
      scene.make("a", "x");
      mkdirSync(`${scene.destination}/a`);
      writeFileSync(`${scene.destination}/d`, "");
      const refused = async (...args: string[]) => {
        const { code, stderr } = await cp(...args);
        expect(code).toBe(exit.refused);
        return stderr;
      };
      expect(await refused(scene.from("d"), scene.to())).toContain("is a directory: it needs -r");
      expect(await refused(scene.from("a"), scene.to())).toContain("is a directory");
      expect(await refused("-r", scene.from("d"), scene.to())).toContain(
        "is in the way: it is a file",
      );
      expect(await refused("-r", scene.from("d"), scene.to("d"))).toContain(
        "no directory replaces",
      );
      expect(await refused(scene.from("none"), scene.to())).toContain('none" is not there');
      expect(await refused(scene.from("a"), scene.to("none/"))).toContain("is not a directory");
      expect(await refused(scene.from("a"), scene.to("none/b"))).toMatch(
        /No such file or directory|Directory nonexistent/,
      );
      expect(readdirSync(scene.destination).sort()).toEqual(["a", "d"]);
    });

    test("a folder that is a link there is not gone into", async () => {
      await using scene = await Scene.start(way);
      const outside = scene.scratch.file("outside");
      mkdirSync(outside);
      mkdirSync(`${scene.source}/d`);
      scene.make("d/a", "x");
      symlinkSync(outside, `${scene.destination}/d`);
      const { code, stderr } = await cp("-r", scene.from("d"), scene.to());
      expect(code).toBe(exit.refused);
      expect(stderr).toContain("is in the way: it is a symbolic link, which is not followed");
      expect(readdirSync(outside)).toEqual([]);
    });

    test("one that cannot be read does not keep the others", async () => {
      await using scene = await Scene.start(way);
      mkdirSync(`${scene.source}/d`);
      scene.make("d/a", "x");
      scene.make("b", "x");
      mkdirSync(`${scene.destination}/source/d/a`, { recursive: true });
      const { code } = await cp("-r", scene.from(""), scene.to());
      expect(code).toBe(exit.refused);
      expect(readFileSync(`${scene.destination}/source/b`, "utf8")).toBe("x");
      expect(readlinkOrNull(`${scene.destination}/source/d/a`)).toBeNull();
    });

    test(way.isOurs ? "ten thousand small files" : "a hundred small files", async () => {
      const filesEach = way.isOurs ? 500 : 5;
      await using scene = await Scene.start(way);
      for (let folder = 0; folder < 20; folder++) {
        mkdirSync(`${scene.source}/${folder}`);
        for (let file = 0; file < filesEach; file++) {
          writeFileSync(
            `${scene.source}/${folder}/${file}`,
            `${folder} ${file} `.repeat(file % 97),
          );
        }
      }
      expect(await cp("-r", scene.from(""), scene.to())).toEqual(silent);
      expect(treeOf(`${scene.destination}/source`)).toEqual(treeOf(scene.source));
    });
  });
}

function readlinkOrNull(path: string): string | null {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
}

describe.skipIf(noAgent)(`cp${needsAgent}`, () => {
  test("needs little memory for much, and so does the agent", async () => {
    for (const way of ways.filter(({ isOurs }) => isOurs)) {
      await using scene = await Scene.start(way);
      const bytes = 256 * mebibyte;
      const path = scene.make("a", "");
      const file = openSync(path, "r+");
      for (let at = 0; at < bytes; at += mebibyte) writeSync(file, randomBytes(mebibyte));
      closeSync(file);
      await using program = new Program(["cp", scene.from("a"), scene.to()], {
        argv0: "guestwire",
      });
      let peak = 0;
      const look = () => {
        peak = Math.max(peak, peakKiB(program.pid) ?? 0);
      };
      scene.relay.onMoved = look;
      expect(await program.ended(60_000)).toMatchObject({ code: exit.done });
      const agentPeak = peakKiB(scene.agent.pid) ?? Number.NaN;
      expect(peak / 1024).toBeWithin(1, 200);
      expect(agentPeak / 1024).toBeWithin(1, 200);
      expect(statSync(`${scene.destination}/a`).size).toBe(bytes);
    }
  });

  test.skipIf(noScript)(
    `shows on a terminal how far it is${noScript ? " (needs script)" : ""}`,
    async () => {
      await using scene = await Scene.start(ways[0] as Way);
      scene.make("a", randomBytes(3 * mebibyte));
      // The relay stands still meanwhile.
      const words = [
        agentPath,
        "cp",
        scene.from("a"),
        `${scene.agent.socket}:${scene.destination}`,
      ];
      const { stdout } = spawnSync("script", ["-qefc", words.join(" "), "/dev/null"], {
        encoding: "latin1",
        stdio: ["ignore", "pipe", "pipe"],
      });
      expect(stdout).toContain("100% [####################]  3.0 MiB  ");
      const quiet = spawnSync(
        "script",
        ["-qefc", `${words.join(" ")} --no-progress`, "/dev/null"],
        {
          encoding: "latin1",
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      expect(quiet.stdout).toBe("");
    },
  );
});

describe.skipIf(noAgent)(`cp between guests${needsAgent}`, () => {
  test("goes by way of this machine, also within one", async () => {
    await using one = await Agent.start();
    await using other = await Agent.start();
    using scratch = new Scratch();
    mkdirSync(scratch.file("a"));
    makeOddTree(scratch.file("a"));
    writeFileSync(scratch.file("a/large"), randomBytes(3 * mebibyte));
    for (const [target, name] of [
      [other, "b"],
      [one, "c"],
    ] as const) {
      mkdirSync(scratch.file(name));
      const words = [
        `${one.socket}:${scratch.file("a")}/.`,
        `${target.socket}:${scratch.file(name)}`,
      ];
      expect(await cp("-r", ...words)).toEqual(nothingSaid);
      expect(treeOf(scratch.file(name))).toEqual(treeOf(scratch.file("a")));
    }
    const into = await cp(
      "-r",
      `${one.socket}:${scratch.file("a")}`,
      `${one.socket}:${scratch.file("a/empty")}`,
    );
    expect(into.code).toBe(exit.refused);
    expect(into.stderr).toContain("cannot be copied into itself");
  });
});

describe.skipIf(noAgent)(`wrong use of cp${needsAgent}`, () => {
  test.each([
    [[], "SOURCE and DESTINATION are needed"],
    [["web:/x"], "SOURCE and DESTINATION are needed"],
    [["a", "b"], "None of these is in a guest"],
    [["a", "web:/x", "b"], "SOURCE and DESTINATION are both here"],
    [["--nope", "web:/x", "b"], "--nope"],
    [["--retry", "x", "web:/x", "b"], "--retry takes seconds"],
  ])("%j", async (args, reason) => {
    const { code, stderr } = await cp(...args);
    expect(code).toBe(exit.usage);
    expect(stderr).toContain(reason);
  });

  test("-- ends the options", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    writeFileSync(scratch.file("-r"), "x");
    const done = await run(["cp", "--", "-r", `${agent.socket}:${scratch.file("b")}`], {
      argv0: "guestwire",
      folder: scratch.path,
    });
    expect(done).toEqual(nothingSaid);
    expect(readFileSync(scratch.file("b"), "utf8")).toBe("x");
  });

  test("a guest that is not there", async () => {
    const { code, stderr } = await cp("/nowhere/socket:/x", ".");
    expect({ code, stderr }).toEqual({
      code: exit.transport,
      stderr: 'guestwire cp: Cannot connect to "/nowhere/socket": ENOENT\n',
    });
  });
});
