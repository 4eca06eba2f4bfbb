/** What guests may tell to hurt a host that copies from them: nothing is written but below the destination. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { guestTreeCommands } from "../../src/client/copy/guest-tree.ts";
import {
  type Answer,
  infoOf,
  Refusal,
  type Request,
  ScriptedAgent,
} from "../client/scripted-agent.ts";
import { needsAgent, noAgent, type Outcome, run } from "./agent.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const exit = { refused: 1, transport: 255 };

const b64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const owner = { mode: 0o644, uid: 0, gid: 0, "mtime-ns": 1 };
const file = (size: number) => ({ type: "file", size, ...owner });
const folder = { ...file(0), type: "directory" };
const details = { "atime-ns": 1, "ctime-ns": 1, ino: 1, dev: 1, nlink: 1, blocks: 0 };

type Script = Readonly<Record<string, (args: Request["arguments"]) => unknown>>;

/** A guest with a folder "/d", of which the rest is as `script` says. */
function guest(script: Script): Answer {
  const whole: Script = {
    "file-stat": ({ path }) => ({ ...(path === "/d" ? folder : file(4)), ...details }),
    "file-list": () => ({ entries: [] }),
    "file-get": () => ({ ...file(4), hash: sha256("evil"), "buf-b64": b64("evil") }),
    "file-open": () => ({ ...file(4), handle: 1, nlink: 1 }),
    "file-data": () => ({ ranges: [{ offset: 0, count: 4 }] }),
    "file-read-at": () => ({ count: 4, "buf-b64": b64("evil"), eof: true }),
    "file-hash": () => ({ hash: sha256("evil"), count: 4 }),
    ...script,
  };
  return ({ execute, arguments: args }) => {
    if (execute === "guest-info") return infoOf(guestTreeCommands);
    const answer = whole[execute.replace("__org.guestwire_", "")];
    return answer === undefined ? {} : answer(args);
  };
}

interface Attack {
  readonly outcome: Outcome;
  /** What has come to be in the destination. */
  readonly there: readonly string[];
}

/** Has "/d" or "/f" copied into an empty folder beside which "outside" is. */
async function attacked(
  script: Script,
  words: readonly string[] = ["-r", "/d"],
  prepare: (destination: string, outside: string) => void = () => {},
): Promise<Attack> {
  await using agent = await ScriptedAgent.start(guest(script));
  using scratch = new Scratch();
  const [destination, outside] = [scratch.file("destination"), scratch.file("outside")];
  mkdirSync(destination);
  mkdirSync(outside);
  prepare(destination, outside);
  const given = words.map((word) => (word.startsWith("/") ? `${agent.socket}:${word}` : word));
  const outcome = await run(["cp", ...given, destination], { argv0: "guestwire" }, 50_000);
  expect(readdirSync(outside)).toEqual([]);
  expect(readdirSync(scratch.path).sort()).toEqual(["destination", "outside"]);
  expect(existsSync("/tmp/guestwire-evil")).toBe(false);
  return { outcome, there: readdirSync(destination, { recursive: true, encoding: "utf8" }).sort() };
}

const entry = (name: string, what: object = file(4)) => ({ "name-b64": b64(name), ...what });

describe.skipIf(noAgent)(`a guest that tells of${needsAgent}`, () => {
  test.each(["../evil", "..", ".", "", "/tmp/guestwire-evil", "a/b", "a\0b"])(
    "an entry called %j",
    async (name) => {
      const { outcome, there } = await attacked({
        "file-list": () => ({ entries: [entry("good"), entry(name)] }),
      });
      expect(outcome).toMatchObject({
        code: exit.transport,
        stderr: "guestwire cp: The agent tells of an entry whose name can be none\n",
      });
      expect(there).toEqual(["d"]);
    },
  );

  test("a link and then a folder of the same name", async () => {
    const link = { ...file(8), type: "symlink" };
    const { outcome } = await attacked({
      "file-stat": ({ path }) =>
        path === "/d"
          ? { ...folder, ...details }
          : { ...link, ...details, "target-b64": b64("../../outside") },
      "file-list": ({ path }) =>
        path === "/d"
          ? { entries: [entry("x", link), entry("x", folder)] }
          : { entries: [entry("evil")] },
    });
    expect(outcome.code).toBe(exit.refused);
    expect(outcome.stderr).toContain("is in the way: it is a");
  });

  test("a file where a link leads out of the destination", async () => {
    await using agent = await ScriptedAgent.start(guest({}));
    using scratch = new Scratch();
    symlinkSync("outside", scratch.file("f"));
    const { code } = await run(["cp", `${agent.socket}:/f`, `${scratch.path}/`], {
      argv0: "guestwire",
    });
    expect(code).toBe(0);
    expect(lstatSync(scratch.file("f")).isFile()).toBe(true);
    expect(existsSync(scratch.file("outside"))).toBe(false);
  });

  test("programs that run as root", async () => {
    await using agent = await ScriptedAgent.start(
      guest({
        "file-list": () => ({ entries: [entry("x", { ...file(4), mode: 0o6755 })] }),
        "file-get": () => ({
          ...file(4),
          mode: 0o6755,
          hash: sha256("evil"),
          "buf-b64": b64("evil"),
        }),
      }),
    );
    using scratch = new Scratch();
    const words = ["cp", "-r", `${agent.socket}:/d`, scratch.path];
    expect((await run(words, { argv0: "guestwire" })).code).toBe(0);
    expect(statSync(scratch.file("d/x")).mode & 0o7777).toBe(0o755);
  });

  test("folders without an end", async () => {
    const { outcome } = await attacked({
      "file-stat": () => ({ ...folder, ...details }),
      "file-list": () => ({ entries: [entry("d", folder)] }),
    });
    expect(outcome.code).toBe(exit.refused);
    expect(outcome.stderr).toMatch(/is too deep\n/);
  });

  test("a list without an end", async () => {
    const { outcome } = await attacked({ "file-list": () => ({ entries: [], cursor: 1 }) });
    expect(outcome).toMatchObject({
      code: exit.transport,
      stderr: "guestwire cp: The agent's list of a folder has no end\n",
    });
  });

  test("a file whose bytes are others", async () => {
    const { outcome, there } = await attacked(
      { "file-hash": () => ({ hash: sha256("good"), count: 4 }) },
      ["/f"],
    );
    expect(outcome).toMatchObject({
      code: exit.refused,
      stderr: expect.stringContaining("is not what was there: SHA-256 differs"),
    });
    expect(there).toEqual([]);
  });

  test("a small file whose bytes are others", async () => {
    const { outcome, there } = await attacked({
      "file-list": () => ({ entries: [entry("x")] }),
      "file-get": () => ({ ...file(4), hash: sha256("good"), "buf-b64": b64("evil") }),
    });
    expect(outcome.code).toBe(exit.refused);
    expect(there).toEqual(["d"]);
  });

  test.each<[string, Script, string]>([
    [
      "more bytes than there are",
      { "file-read-at": () => ({ "buf-b64": b64("evil and more") }) },
      "more bytes than were asked for",
    ],
    [
      "fewer bytes than there are",
      { "file-read-at": () => ({ "buf-b64": b64("ev") }) },
      "was changed while it was copied",
    ],
    [
      "no base64",
      { "file-read-at": () => ({ "buf-b64": "%" }) },
      "has no base64 where it should be",
    ],
    [
      "a number for base64",
      { "file-read-at": () => ({ "buf-b64": 4 }) },
      "has no base64 where it should be",
    ],
    ["nothing", { "file-read-at": () => [] }, "has no base64 where it should be"],
    [
      "a size below nothing",
      { "file-open": () => ({ ...file(-1), handle: 1, nlink: 1 }) },
      "tells of a file that cannot be",
    ],
    [
      "a size that is text",
      { "file-open": () => ({ ...file(4), size: "4", handle: 1, nlink: 1 }) },
      "is not what the schema says",
    ],
    [
      "data that goes backwards",
      {
        "file-data": () => ({
          ranges: [
            { offset: 2, count: 1 },
            { offset: 0, count: 1 },
          ],
        }),
      },
      "tells of data that cannot be",
    ],
    [
      "data without an end",
      { "file-data": () => ({ ranges: [], next: 0 }) },
      "tells of data that cannot be",
    ],
    [
      "a hash of something else",
      { "file-hash": () => ({ hash: "", count: 3 }) },
      "was changed while it was copied",
    ],
    [
      "a refusal that writes on a terminal",
      {
        "file-open": () => {
          throw new Refusal("\u001b[31m");
        },
      },
      "\\u001b[31m",
    ],
  ])("%s", async (_, script, reason) => {
    const { outcome, there } = await attacked(script, ["/f"]);
    expect(outcome.code).toBeGreaterThan(0);
    expect(outcome.stderr).toContain(reason);
    expect(there.filter((name) => !name.endsWith(".part"))).toEqual([]);
  });

  test("a file that is told as a device when it is opened", async () => {
    const { outcome, there } = await attacked(
      { "file-open": () => ({ ...file(4), type: "char", handle: 1, nlink: 1 }) },
      ["/f"],
    );
    expect(outcome.stderr).toContain("is no file any more");
    expect(there).toEqual([]);
  });

  test("a file larger than any disk", async () => {
    const { outcome } = await attacked(
      {
        "file-open": () => ({ ...file(4), size: 2 ** 62, handle: 1, nlink: 1 }),
        "file-stat": () => ({ ...file(4), ...details }),
      },
      ["/f"],
    );
    expect(outcome.code).toBeGreaterThan(0);
  });
});
